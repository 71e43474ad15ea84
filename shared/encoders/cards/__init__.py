"""Cards and messages about one casualty: TCCC card, 9-line request, MIST report. Modelled on them,
not the forms themselves.
"""
