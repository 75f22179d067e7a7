"""The methods of the Bot API, by what they are for; `table.py` lists them all."""
