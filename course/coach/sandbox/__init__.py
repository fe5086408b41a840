"""So that nothing breaks, whatever an answer does.

isolate        leave the notebook as it was
hearing        what an answer writes is heard, not shown
descriptors    also below Python's streams
time_limit     so long and no longer
waiting        who waits, and who would work if the machine let it
code           whose code it is, asked past what it says of itself
copies         each call gets its own arguments
gradients      what flows back to them
modules        the reference's weights in the learner's layers
other_device   a pretended device
"""
