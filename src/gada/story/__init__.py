"""The story: a fictitious world and what two agencies live through in it.

Nobody in it exists. It drives nodes only from outside, over HTTP and the command line.
"""
