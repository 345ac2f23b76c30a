"""A system of product `example`: answers come from the contract's own examples, so a new workspace serves at once."""

from contracts.answers.maker import AnswerMaker, Made, NoAnswerError
from contracts.compile import CompiledOperation
from contracts.contract import Contract
from policies.sent import note_ended, note_sent
from policies.step import Answer, Exchange, Send


def bind(contract: Contract, operation: CompiledOperation) -> Send:
    """The answer of the operation's first success response, made once."""
    described = next(o for o in contract.operations if o.pointer == operation.pointer)
    made = _first(AnswerMaker(contract, described))

    async def example(exchange: Exchange) -> Answer:
        call = exchange.call
        sent = note_sent(exchange)
        if not exchange.safe:
            call.effect = "applied"
        sent.status = made.status
        note_ended(call, sent)
        exchange.span.close("complete")
        return Answer(made.status, list(made.headers), b"" if exchange.method == "HEAD" else made.body)

    return example


def _first(maker: AnswerMaker) -> Made:
    """501 with no body where no success can be made. It is judged on its way to the caller, as every answer is."""
    if 200 <= maker.default < 300:
        try:
            return next(maker.tries(maker.default))
        except NoAnswerError:
            pass
    return Made(501, (), b"", "generated")
