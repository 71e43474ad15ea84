"""Whether a job's patients can be believed: what they are like, what is published about such, and
whether their records agree.
"""
