"""Experience from elsewhere: every importer is an iterator of plain data and never writes."""
