from metadata.choosing import best_answer, claims_of
from metadata.providers.answers import BookQuestion, ProviderBook

DUNE = BookQuestion("Dune", ("Frank Herbert",))


def recording(title="Dune", authors=("Frank Herbert",), **other):
    return ProviderBook("audnexus", other.get("asin", "1"), title, authors=authors, **other)


def test_the_same_book_is_accepted():
    answer = best_answer(DUNE, [recording("Children of Dune"), recording(narrators=("Scott Brick",))])

    assert answer.book.narrators == ("Scott Brick",)
    assert not answer.is_our_recording


def test_nothing_is_accepted_that_is_not_surely_the_book():
    others = [recording("Dune Messiah"), recording(authors=("Brian Herbert",)), recording(authors=()), recording("")]

    assert best_answer(DUNE, others) is None
    assert best_answer(DUNE, []) is None


def test_another_language_is_not_accepted():
    question = BookQuestion("Dune", ("Frank Herbert",), language="en")

    assert best_answer(question, [recording(language="german")]) is None


def test_facts_of_one_recording_are_left_out_when_several_fit():
    both = [
        recording(asin="B000000001", narrators=("Scott Brick",), runtime_s=75600.0, description="A desert."),
        recording(asin="B000000002", narrators=("Simon Vance",), runtime_s=79200.0, description="A desert."),
    ]

    answer = best_answer(DUNE, both)

    assert (answer.book.narrators, answer.book.asin, answer.book.runtime_s) == ((), "", None)
    assert answer.book.description == "A desert."


def test_the_narrator_tells_which_recording_is_ours():
    question = BookQuestion("Dune", ("Frank Herbert",), narrators=("Simon Vance",))
    both = [recording(asin="B000000001", narrators=("Scott Brick",)), recording(asin="2", narrators=("Simon Vance",))]

    answer = best_answer(question, both)

    assert answer.is_our_recording
    assert answer.book.narrators == ("Simon Vance",)


def test_the_asin_tells_which_recording_is_ours_before_anything_else():
    question = BookQuestion("Dune", ("Frank Herbert",), asin="B000000001", narrators=("Simon Vance",))
    both = [recording(asin="B000000002", narrators=("Simon Vance",)), recording(asin="B000000001")]

    assert best_answer(question, both).book.asin == "B000000001"


def test_the_runtime_tells_which_recording_is_ours():
    question = BookQuestion("Dune", ("Frank Herbert",), runtime_s=79000.0)
    both = [recording(asin="B000000001", runtime_s=75600.0), recording(asin="B000000002", runtime_s=79200.0)]

    assert best_answer(question, both).book.asin == "B000000002"


def test_every_field_that_is_told_becomes_a_claim():
    answer = best_answer(DUNE, [recording(narrators=("Scott Brick",), abridged=False, isbn="")])

    claims = {claim.field: claim for claim in claims_of(answer)}

    assert set(claims) == {"title", "authors", "narrators", "abridged"}
    assert all(claim.canonical and claim.source == "audnexus" and 0 < claim.confidence < 1 for claim in claims.values())
    assert claims["narrators"].confidence < claims["authors"].confidence


def test_a_recording_that_is_ours_claims_its_facts_more_surely():
    by_asin = BookQuestion("Dune", ("Frank Herbert",), asin="B000000001")
    candidate = [recording(asin="B000000001", narrators=("Scott Brick",))]

    ours, perhaps = (
        {claim.field: claim.confidence for claim in claims_of(best_answer(question, candidate))}
        for question in (by_asin, DUNE)
    )

    assert ours["narrators"] > perhaps["narrators"]
