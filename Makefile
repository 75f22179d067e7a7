# What a fresh machine needs: git, Python 3.11 or newer, make. Everything else is fetched into .venv, once.
#
#   make demo      try Morsel with a made-up company (make demo ARGS="--port 9000 --fresh")
#   make test      run all tests
#   make check     lint, format, types, floors of the house
#   make lock      write the locked lists of packages anew (UPGRADE=1: newest versions)
#   make clean     remove what was made here, except data

BIN := .venv/bin
RUN := .venv/installed
DEV := .venv/installed-dev

.PHONY: demo test check lock clean
.DEFAULT_GOAL := demo

demo: $(RUN)
	@exec $(BIN)/morsel demo $(ARGS)

test: $(DEV)
	@.ci/browser
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock:
	@UPGRADE=$(UPGRADE) .ci/lock

# The stamps make a second run instant. The dev list holds the other one whole, with the same versions.
$(RUN): requirements.lock pyproject.toml .ci/environment
	@.ci/environment requirements.lock
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml .ci/environment
	@.ci/environment requirements-dev.lock
	@touch $@ $(RUN)

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
