"""Everything that is kept, in one SQL database: SQLite as it ships."""
