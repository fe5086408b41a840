"""`seqrec.sequences` is where the idea is imported from: what it lists is there, once."""

from seqrec import sequences


def test_the_front_door_leads_to_all_that_it_lists():
    assert sorted(sequences.__all__) == sorted(set(sequences.__all__))
    assert all(hasattr(sequences, name) for name in sequences.__all__)
