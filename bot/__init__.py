"""What the bot decides: a turn is a pure function; the service around it is thin."""
