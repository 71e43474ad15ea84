"""Apache Parquet, format 2: columns of numbers straight into pages, row groups and footers into one
file.
"""
