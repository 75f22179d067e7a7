"""An order on the screen from luck: the same luck, the same order, on any machine. No chance is drawn here."""

_MASK = (1 << 64) - 1


def shuffled(count: int, luck: int, never_as_written: bool = False) -> tuple[int, ...]:
    """The numbers 0 to count - 1 in an order that `luck` (any integer) decides.

    `never_as_written`: with three or more, never 0, 1, 2 …, for that would give the answer away.
    Fisher-Yates on splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
    """
    order = list(range(count))
    state = luck & _MASK
    for last in range(count - 1, 0, -1):
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        pick = _mix(state) % (last + 1)
        order[last], order[pick] = order[pick], order[last]
    if never_as_written and count > 2 and order == sorted(order):
        order = [*order[1:], order[0]]
    return tuple(order)


def _mix(value: int) -> int:
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
