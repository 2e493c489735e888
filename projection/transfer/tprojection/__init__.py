"""T-Projection (García-Ferrero, Agerri and Rigau 2023, arXiv 2212.10548): a text-to-text model proposes target strings
for the labels of the source, a translation model scores them, and each source span gets one of them.
"""
