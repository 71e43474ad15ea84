"""XLSX for planners: one workbook with the casualties and what they asked of facilities and
vehicles.
"""
