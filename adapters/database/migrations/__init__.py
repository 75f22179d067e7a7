"""How the tables came to be, step by step. Each step is one file and one transaction."""
