"""Laws of the search over generated schemas: what is shown is true by two engines, and nothing easy is missed."""

from hypothesis import given
from hypothesis import strategies as st
from laws import tried
from search_schemas import pool, schemas
from two_engines import TwoEngines

from governance.diff.examples.parts import Budget, Part, SpentError, key
from governance.diff.examples.places import around
from governance.diff.examples.search import NOT_FOUND, failing
from governance.diff.examples.solver import Solver
from governance.diff.examples.values import Maker

LAW = tried(40)
TRIED = pool(1_500)


@LAW
@given(schemas)
def test_every_value_is_valid_by_both_engines(schema):
    engines = TwoEngines(schema)
    made = list(Maker(schema, valid=engines.valid, most=20).values())
    assert all(engines.both_take(value) for value in made)
    assert len({key(value) for value in made}) == len(made)


@LAW
@given(schemas, schemas)
def test_every_failing_example_is_sent_and_refused_by_both_engines(sender, receiver):
    sends, takes = TwoEngines(sender), TwoEngines(receiver)
    found = failing(sender, receiver, valid=sends.valid, accepted=takes.valid, deadline_seconds=5)
    if found is not NOT_FOUND:
        assert sends.both_take(found)
        assert not takes.both_take(found)


@LAW
@given(schemas, schemas)
def test_what_random_values_find_is_found(sender, receiver):
    sends, takes = TwoEngines(sender), TwoEngines(receiver)
    by_chance = [value for value in TRIED if sends.valid(value) and not takes.valid(value)]
    if by_chance:
        found = failing(sender, receiver, valid=sends.valid, accepted=takes.valid, deadline_seconds=5)
        assert found is not NOT_FOUND, by_chance[0]


@LAW
@given(schemas)
def test_a_value_is_made_where_random_values_fit(schema):
    valid = TwoEngines(schema).valid
    if any(valid(value) for value in TRIED):
        assert next(Maker(schema, valid=valid).values(), NOT_FOUND) is not NOT_FOUND


@LAW
@given(schemas)
def test_a_schema_does_not_fail_itself(schema):
    valid = TwoEngines(schema).valid
    assert failing(schema, schema, valid=valid, accepted=valid) is NOT_FOUND


@LAW
@given(schemas, schemas)
def test_the_same_every_time(sender, receiver):
    def search():
        sends, takes = TwoEngines(sender), TwoEngines(receiver)
        return failing(sender, receiver, valid=sends.valid, accepted=takes.valid, deadline_seconds=30)

    assert key(search()) == key(search())


@LAW
@given(schemas)
def test_no_sound_schema_stops_it_before_its_bounds(schema):
    """`candidates` ends quietly for a schema that is none; here nothing may end it but its end and its budget."""
    stream = Solver(Budget(5_000)).candidates((Part(schema, schema),))
    try:
        for _ in zip(range(100), stream, strict=False):
            pass
    except SpentError:
        pass


@LAW
@given(schemas, st.sampled_from(["member", "item", "branch"]))
def test_a_value_is_put_in_its_place(schema, kind):
    inner = {
        "member": ({"required": ["no"], "properties": {"no": {"type": "integer"}, "m": schema}}, ("m",)),
        "item": ({"type": "array", "minItems": 2, "items": {"anyOf": [{"type": "null"}, schema]}}, (1,)),
        "branch": ({"oneOf": [{"required": ["k"], "properties": {"k": {"const": 1}, "m": schema}}, {"required": ["l"]}]}, ("m",)),
    }  # fmt: skip
    whole, place = inner[kind]
    engines = TwoEngines(whole)
    for value in Maker(schema, valid=TwoEngines(schema).valid, most=3).values():
        message = around(whole, place, value, valid=engines.valid)
        assert message is not NOT_FOUND
        assert engines.both_take(message)
        assert key(message[place[0]]) == key(value)
