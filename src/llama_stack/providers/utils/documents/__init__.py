"""Documents of any format as blocks of text, and blocks as chunks."""
