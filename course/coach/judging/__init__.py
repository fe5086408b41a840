"""What is wrong with an answer.

judge      the verdict: outcomes on the probes, then the diagnosis
observe    use an answer on probes, and write down what it did
compare    is one value as good as another?
wording    a difference in one sentence
fault      what is wrong on one probe
case       one call, told to the learner
source     the answer's own code
short      values in a line or two
"""
