"""Members of a board say things, over the same functions as the command line."""

from datetime import timedelta

from board import NOW, Board

from gateway.trust.board_statement import STATEMENT_TYPE
from gateway.trust.envelope import Envelope, Signature, pre_authentication, write_envelope
from gateway.trust.keys import read_private
from gateway.trust.place import find_trust
from gateway.trust.register import read_register
from gateway.trust.signed import read_decision, read_decisions
from governance.decisions.stating import Saying, approve, make_statement, register_statement, say_it, sign_statement


class Acting(Board):
    """A board whose members speak. `now` is the clock of the machine that they speak at."""

    now = NOW

    def key_of(self, person):
        return read_private(self.key(person))

    def trusted(self):
        return find_trust(self.ws, self.trust)

    def say(self, person, act, name="first", key=None, **said):
        if act in ("delegate", "end-delegation"):
            name = ""
        if act in ("refuse", "return", "revoke"):
            said.setdefault("comment", "because")
        if act == "revoke":
            said.setdefault("takes_back", "own")
        saying = Saying(act, name, **said)
        return say_it(self.ws, saying, self.key_of(key or person), self.trusted(), self.now)

    def approve(self, *people, name="first", comment=""):
        for person in people:
            approve(self.ws, name, comment, self.key_of(person), self.trusted(), self.now)

    def delegate(self, person, to, days=10):
        return self.say(person, "delegate", to=to, until=self.now + timedelta(days=days))

    def text(self, person, act, name="first", **said):
        """The text of a statement that nobody has signed yet."""
        saying = Saying(act, name, **{"comment": "because", **said})
        return make_statement(self.ws, person, saying, self.trusted(), read_register(self.ws), self.now)

    def signature(self, text, person):
        return sign_statement(text, self.key_of(person))

    def take(self, text, signature):
        return register_statement(self.ws, text, signature, self.trusted(), self.now)

    def put(self, text, person, payload_type=STATEMENT_TYPE, file="by-hand"):
        """An envelope put into the folder by hand, signed as that type of thing."""
        key = self.key_of(person)
        signature = Signature(key.public.id, key.sign(pre_authentication(payload_type, text)))
        folder = self.ws / "decisions/statements"
        folder.mkdir(exist_ok=True)
        path = folder / f"{file}.dsse.json"
        path.write_bytes(write_envelope(Envelope(payload_type, text, (signature,))))
        return path

    def read(self, name="first"):
        return read_decision(self.ws, name, self.trusted(), read_register(self.ws))

    def read_all(self):
        return read_decisions(self.ws, self.trusted(), read_register(self.ws))

    def state(self, name="first", now=None):
        return self.read(name).state(now or self.now)
