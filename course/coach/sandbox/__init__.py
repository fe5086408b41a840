"""So that nothing breaks, whatever an answer does.

isolate        leave the notebook as it was
hearing        what an answer writes is heard, not shown
descriptors    also below Python's streams
time_limit     so long and no longer
copies         each call gets its own arguments
gradients      what flows back to them
modules        the reference's weights in the learner's layers
other_device   a pretended device
"""
