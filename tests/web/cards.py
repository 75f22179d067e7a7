"""A message for each thing a message can be, to be looked at and inspected."""

from bot.message import Button, Message, Progress, paragraph, rows_of
from lessons.prose import Block, Bullets, Code, Heading, Paragraph, Picture, Quote, Span, Table

TITLE = "🧼 Food hygiene"


def every_kind() -> tuple[Message, ...]:
    """A message for each thing a message can be."""
    prose: tuple[Block, ...] = (
        Heading((Span("The danger zone"),)),
        Paragraph(
            (
                Span("Germs grow "),
                Span("fast", bold=True),
                Span(" between "),
                Span("5 and 60 °C", italic=True),
                Span(". More at "),
                Span("the food agency", link="https://example.org/food"),
                Span(". Type "),
                Span("/help", code=True),
                Span("."),
            )
        ),
        Bullets(
            (
                (Span("Keep cold food cold"),),
                (Span("Keep hot food hot, and when you carry it a long way keep it in a box"),),
            )
        ),
        Bullets(((Span("Wash"),), (Span("Rinse"),), (Span("Dry"),)), numbered=True),
        Quote((Span("When in doubt, throw it out."),)),
    )
    table = Table(
        ("Food", "Keep at", "How long"),
        (
            ("Fresh fish", "0 to 2 °C", "1 day"),
            ("Cooked rice", "below 5 °C", "1 day"),
            ("Butter", "below 8 °C", "4 weeks"),
        ),
    )
    picked = (
        (Button("Fresh fish", "a.0", picked=True), Button("Flour", "a.1")),
        (Button("Milk", "a.2", picked=True), Button("Salt", "a.3")),
        (Button("Done", "a.d", main=True),),
        (Button("Enough for today", "a.e", aside=True),),
    )
    long = rows_of(
        (
            Button("Tell your manager and put the food aside", "b.0"),
            Button("Wash it and use it quickly before anyone sees it", "b.1"),
            Button("Smell it; if it smells fine, use it", "b.2"),
        )
    )
    return (
        Message(prose, progress=Progress(TITLE, 1, 7, "1 of 7")),
        Message(
            (
                Picture("img/wash.png", "Hands under running water, soap on both palms", "food"),
                paragraph("Wash for 20 seconds."),
            ),
            ((Button("Next", "c.n", main=True),),),
            Progress(TITLE, 2, 7, "2 of 7"),
        ),
        Message(
            (paragraph("Which of these go in the fridge?"), paragraph("Tap all that fit, then Done.")),
            picked,
            Progress(TITLE, 3, 7, "3 of 7"),
        ),
        Message(
            (paragraph("The label says: best before yesterday. What do you do?"),),
            long,
            Progress(TITLE, 4, 7, "4 of 7"),
        ),
        Message(
            (paragraph("How long things keep"), table, Code("core temperature >= 75 °C for 30 s")),
            progress=Progress(TITLE, 5, 7, "5 of 7"),
        ),
        Message(
            (paragraph("How sure were you?"),),
            ((Button("Guess", "d.0"), Button("Fairly", "d.1"), Button("Certain", "d.2")),),
        ),
        Message(
            (
                paragraph("كم ثانية تغسل يديك؟ أجب بالأرقام."),
                Picture("img/gone.png", "A picture that is not there any more", "food"),
            ),
        ),
        Message(
            (paragraph("Your results are on the page of your team."),),
            ((Button("Open the page", url="https://example.org/team"),),),
        ),
        Message(
            (
                paragraph("Pneumonoultramicroscopicsilicovolcanoconiosis" * 4),
                paragraph("👩🏽‍🍳🧑🏿‍🍳👨🏻‍🍳 well done! 🎉"),
            )
        ),
        Message(
            (paragraph("At what temperature (°C) is a fridge safe?"),),
            progress=Progress(TITLE, 6, 7, "6 of 7"),
            typing="number",
        ),
    )
