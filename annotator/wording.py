"""Texts that come from the library or from stored rows, listed for translation, and how they are shown.

The library knows no interface language, and rows outlive the language of whoever made them: both are in English.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext, gettext_noop

_NUMBER = re.compile(r"\d[\d,]*")


def in_words(text: str) -> str:
    """A text of the library or of a row in the language of the interface; as it is when nobody has translated it."""
    if not text:
        return ""
    translated = gettext(text)
    number = _NUMBER.search(text)
    if translated != text or number is None:
        return translated
    pattern = _NUMBER.sub("%(n)s", text, count=1)
    translated = gettext(pattern)
    return text if translated == pattern else translated % {"n": number[0]}


ENGINES = (
    gettext_noop("Statistical word alignment"),
    gettext_noop(
        "Learns word links from the given sentence pairs and scores target spans; the default for every language."
    ),
    gettext_noop("Given word links"),
    gettext_noop(
        "Carries spans over links that another run made, or that came in a Pharaoh file; aligns nothing itself."
    ),
    gettext_noop("String similarity"),
    gettext_noop(
        "Finds names by their spelling alone (romanised across scripts): precise, but misses translated names."
    ),
    gettext_noop("Embedding alignment"),
    gettext_noop(
        "Links words whose vectors in a multilingual encoder (mBERT, XLM-R, LaBSE, mT5) are alike; needs a model."
    ),
    gettext_noop("eflomal"),
    gettext_noop("Learns word links by the program eflomal, which is slower than the default and draws at random."),
    gettext_noop("fast_align"),
    gettext_noop("Learns word links by the program fast_align: the fastest, for many sentence pairs."),
    gettext_noop("T-Projection"),
    gettext_noop("A text-to-text model proposes target strings, a translation model scores them; slow without a GPU."),
    gettext_noop("CODEC"),
    gettext_noop(
        "A translation model that keeps brackets says where those of a source span go in the given translation."
    ),
    gettext_noop("Tagging by a language model"),
    gettext_noop("A language model writes the target with tags; it can set tags only, so the text stays as it is."),
    gettext_noop("Given word links of several aligners"),
    gettext_noop("Scores target spans by the links of several aligners at once, and by links that it learns itself."),
    gettext_noop("Translation with markers"),
    gettext_noop("A translation model carries markers around the labels; what they mark is looked for in the target."),
    gettext_noop("Several engines together"),
    gettext_noop("Brings the candidates of several engines together; how much they disagree is part of the score."),
)
SETTINGS = (
    gettext_noop("Kind"),
    gettext_noop(
        "What the spans are: names, phrases, clauses (long spans), or auto to choose for each span by its "
        "length and case."
    ),
    gettext_noop("Number of alternatives"),
    gettext_noop("Candidates kept for each span, the best included."),
    gettext_noop("Min score"),
    gettext_noop("Spans below this score stay unprojected."),
    gettext_noop("Prior weight"),
    gettext_noop("How much alike spellings (names, cognates; romanised across scripts) count; 0 switches this off."),
    gettext_noop("Stem letters"),
    gettext_noop("Words are cut to so many letters; 0 for whole."),
    gettext_noop("Ibm1 rounds"),
    gettext_noop("Training rounds without word order."),
    gettext_noop("Hmm rounds"),
    gettext_noop("Training rounds with word order."),
    gettext_noop("Symmetrisation"),
    gettext_noop("How the word links shown and exported are made from the two directions."),
    gettext_noop("Method"),
    gettext_noop(
        "corrected: runs of linked words, gaps closed; published: the same with the gap rule of the published "
        "code; scored: the decoder of the statistical engine."
    ),
    gettext_noop("Gap"),
    gettext_noop("Unlinked words that may lie inside a span."),
    gettext_noop("Min length ratio"),
    gettext_noop("Runs with fewer target words per source word are dropped; 0 keeps all."),
    gettext_noop("Drop signs"),
    gettext_noop("Ignore links to punctuation."),
    gettext_noop("Split at first"),
    gettext_noop("Do not join a run to the one before if it begins with a word linked to the span's first word."),
    gettext_noop("Collisions"),
    gettext_noop(
        "Which span keeps words that two want: the one with the longest run, or the published rule, which "
        "looks at neighbours in the list; auto goes with the method."
    ),
    gettext_noop("Long spans"),
    gettext_noop(
        "Rules for spans that fill their sentence: corrected, published (near starts only), off; auto is off "
        "with the published method, else corrected."
    ),
    gettext_noop("Discontinuous"),
    gettext_noop("Propose targets in several pieces too; only for layers that allow them."),
    gettext_noop("Model"),
    gettext_noop("Folder of a multilingual encoder."),
    gettext_noop("Layer"),
    gettext_noop("Layer whose vectors are compared: 0 for the embeddings, -1 for the last layer."),
    gettext_noop("Matching"),
    gettext_noop(
        "How links are chosen: argmax: each other's best; itermax: the same, repeated over free words; "
        "softmax: likely enough in both directions."
    ),
    gettext_noop("Unit"),
    gettext_noop("What is matched: subwords, or words by their means."),
    gettext_noop("Threshold"),
    gettext_noop("For softmax: least probability in both directions."),
    gettext_noop("Temperature"),
    gettext_noop("Of the link probabilities, in standard deviations of the similarities; lower is surer."),
    gettext_noop("Transfer"),
    gettext_noop(
        "scored: scores of target ranges over the link probabilities; corrected: runs of linked words, gaps closed."
    ),
    gettext_noop("Batch size"),
    gettext_noop("Sentences that the model reads at once."),
    gettext_noop("Device"),
    gettext_noop("Where the model runs; auto takes a GPU where there is one."),
    gettext_noop("Backend"),
    gettext_noop("torch; onnx or onnx-int8 (weights of eight bits) for CPUs, which need the extra [onnx]."),
    gettext_noop("Timeout s"),
    gettext_noop("Seconds that one call of the program may take."),
    gettext_noop("Text-to-text model fine-tuned by tprojection train: folder or hub id."),
    gettext_noop("Scorer"),
    gettext_noop("Translation model that scores; empty: word links and spelling decide."),
    gettext_noop("Mode"),
    gettext_noop(
        "improved: every place is scored and the surest spans choose first; published: as the published code."
    ),
    gettext_noop("Number of beams"),
    gettext_noop("Width of the beam search: proposals for a sentence."),
    gettext_noop("Max length"),
    gettext_noop("Most tokens of an input; more are split."),
    gettext_noop("Links"),
    gettext_noop("Learn word links from the sentences and let them help."),
    gettext_noop("Link weight"),
    gettext_noop("Share of the score that depends on the links."),
    gettext_noop("Number of grams"),
    gettext_noop(
        "Word sequences that the model did not propose: never, for spans without a proposal (missing), or always."
    ),
    gettext_noop("Base"),
    gettext_noop("e: true probabilities; 2: as published scores."),
    gettext_noop("Comparison"),
    gettext_noop("direct: each text as a translation of the other; cross: both against translations (slower)."),
    gettext_noop("Texts in a batch."),
    gettext_noop("Folder of a translation model, or its hub id."),
    gettext_noop("Number of best"),
    gettext_noop("Places of brackets kept for each span."),
    gettext_noop("Future steps"),
    gettext_noop("-1: exact search; 0 and more: the published bound, faster the fewer steps."),
    gettext_noop("Seed"),
    gettext_noop("Change of a token (nats) that makes its surroundings possible."),
    gettext_noop("Least change of a token that may begin the span."),
    gettext_noop("Window"),
    gettext_noop("Tokens around such a token."),
    gettext_noop("Rule"),
    gettext_noop("How the best place is chosen."),
    gettext_noop("Translate spans"),
    gettext_noop("Translate spans by themselves too, to compare strings."),
    gettext_noop("Folder of a language model, or its hub id."),
    gettext_noop("Architecture"),
    gettext_noop("What the model is: seq2seq (T5, mT0, ...) or causal (Llama, Qwen, ...)."),
    gettext_noop("Prompt"),
    gettext_noop(
        "What the model sees: the source with its tags as an example, or the allowed tags (for models trained so)."
    ),
    gettext_noop("Beams of the search."),
    gettext_noop("Weights"),
    gettext_noop(
        "What each aligner counts, in their order, the learned one last: 1,0.5,0.25; auto estimates it from "
        "how well they agree and how consistent they are."
    ),
    gettext_noop("Learn"),
    gettext_noop("Learn word links from the pairs as well, as one aligner more."),
    gettext_noop("Choice"),
    gettext_noop("What an aligner's own choice adds to the score of a range, beside the scores of all ranges."),
    gettext_noop("Translation model that keeps markers (NLLB, M2M100, Marian, T5): folder or hub id."),
    gettext_noop("Markers"),
    gettext_noop("numbered: [1]; brackets: EasyProject; xml: <a>."),
    gettext_noop("Prefix"),
    gettext_noop("For T5: what stands before each text, with {src_name} and {tgt_name}."),
    gettext_noop("Min similarity"),
    gettext_noop("Likeness of letters that is enough for a target string."),
    gettext_noop("Beams"),
    gettext_noop("Translations kept while translating."),
    gettext_noop("Members"),
    gettext_noop("Engines with commas, settings after a colon with semicolons: hmm,similarity:min_score=0.5."),
    gettext_noop(
        "What each member counts, in their order: 1,0.5; auto estimates it from how well they agree and how "
        "consistent they are."
    ),
    gettext_noop("What coming first with a member adds to the score of a target, beside the scores of all targets."),
    gettext_noop("Model of the first member that needs one."),
    gettext_noop("Model 2"),
    gettext_noop("Model of the second member that needs one."),
    gettext_noop("Model 3"),
    gettext_noop("Model of the third member that needs one."),
)
WHY_UNPROJECTED = (
    gettext_noop("no linked words"),
    gettext_noop("taken by another span"),
    gettext_noop("score too low"),
    gettext_noop("too few linked words"),
    gettext_noop("the target is empty"),
    gettext_noop("the span has no words"),
    gettext_noop("the pair has no word links"),
    gettext_noop("nothing was learned for this language"),
    gettext_noop("no target text"),
    gettext_noop("the source was not translated"),
    gettext_noop("its markers were lost in translation"),
    gettext_noop("its closing marker was lost"),
    gettext_noop("its opening marker was lost"),
    gettext_noop("its markers came back twice"),
    gettext_noop("its markers cross those of another span"),
    gettext_noop("nothing stands between its markers"),
    gettext_noop("brackets were lost or added"),
    gettext_noop("no telling which bracket it is"),
    gettext_noop("could not be marked: overlaps another span"),
    gettext_noop("could not be marked: several pieces"),
    gettext_noop("nothing proposed is in the target"),
    gettext_noop("too long for the model"),
    gettext_noop("the model puts no brackets for it"),
    gettext_noop("the model tagged nothing for it"),
    gettext_noop("too few source languages know it"),
    gettext_noop("the other end of the relation has no target"),
    gettext_noop("neither end of the relation has a target"),
    gettext_noop("both ends of the relation want the same words"),
    gettext_noop("nothing proposed"),
    gettext_noop("the engine failed on the item"),
)
WHY_NO_VOTE = (
    gettext_noop("the voter says that it is not there"),
    gettext_noop("the voter cannot tell"),
    gettext_noop("the voter declines to answer"),
    gettext_noop("the voter names several labels"),
    gettext_noop("the voter contradicts itself"),
    gettext_noop("its evidence is in no text"),
    gettext_noop("another label without the source"),
    gettext_noop("two labels at one place"),
    gettext_noop("wrong place, and no other given"),
    gettext_noop("wrong label, and no other given"),
    gettext_noop("the model does not do this"),
    gettext_noop("two labels are almost equally likely"),
    gettext_noop("the model needs a list of labels"),
    gettext_noop("no answer to the question"),
    gettext_noop("the answer cannot be read"),
    gettext_noop("the answer breaks off"),
    gettext_noop("two different answers"),
    gettext_noop("no label of the layer"),
    gettext_noop("no label in the answer"),
    gettext_noop("its quote is not in the text"),
    gettext_noop("its place is another label's"),
    gettext_noop("the proposal was not judged"),
    gettext_noop("no place given"),
    gettext_noop("the endpoint rejects the request"),
    gettext_noop("a fault of the program"),
    gettext_noop("not asked about"),
    gettext_noop("nobody on the panel answered"),
)
# The codes of problems in words, as headings of the preview.
PROBLEMS = (
    gettext_noop("Bad encoding"),
    gettext_noop("Bad header"),
    gettext_noop("Bad json"),
    gettext_noop("Bad record"),
    gettext_noop("Bad term"),
    gettext_noop("Binary file"),
    gettext_noop("Broken quotes"),
    gettext_noop("Compressed file"),
    gettext_noop("Different counts"),
    gettext_noop("Duplicate id"),
    gettext_noop("Empty file"),
    gettext_noop("Empty id"),
    gettext_noop("Empty sentence"),
    gettext_noop("Empty token"),
    gettext_noop("Extra empty line"),
    gettext_noop("Ids differ"),
    gettext_noop("Lengths unrelated"),
    gettext_noop("Line break lost"),
    gettext_noop("Links lost"),
    gettext_noop("No labels"),
    gettext_noop("No pairs"),
    gettext_noop("No such column"),
    gettext_noop("No tag column"),
    gettext_noop("Not text"),
    gettext_noop("Spans lost"),
    gettext_noop("Target labels"),
    gettext_noop("Text differs"),
    gettext_noop("Text lost"),
    gettext_noop("Token changed"),
    gettext_noop("Unknown encoding"),
    gettext_noop("Unknown field"),
    gettext_noop("Unknown format"),
    gettext_noop("Wrong columns"),
    gettext_noop("Bad reference"),
    gettext_noop("Unstorable text"),
    gettext_noop("Discontinuous span"),
    gettext_noop("Bad offset"),
    gettext_noop("Unknown tag"),
    gettext_noop("Table missing"),
    gettext_noop("Span without end"),
    gettext_noop("Label changes inside"),
    gettext_noop("Inside without start"),
    gettext_noop("Value lost"),
    gettext_noop("Used twice"),
    gettext_noop("Unknown label"),
    gettext_noop("Unknown id"),
    gettext_noop("Text too long"),
    gettext_noop("Target missing"),
    gettext_noop("Sub token span"),
    gettext_noop("Span id too long"),
    gettext_noop("Source missing"),
    gettext_noop("Same language"),
    gettext_noop("Same files"),
    gettext_noop("Same file"),
    gettext_noop("Role too long"),
    gettext_noop("Relations lost"),
    gettext_noop("Position out of range"),
    gettext_noop("Overlapping spans"),
    gettext_noop("Not a position"),
    gettext_noop("No tokens"),
    gettext_noop("No sentences"),
    gettext_noop("Link out of range"),
    gettext_noop("Layer too long"),
    gettext_noop("Language differs"),
    gettext_noop("Label too long"),
    gettext_noop("Item lost"),
    gettext_noop("File too large"),
    gettext_noop("Empty cell"),
    gettext_noop("Duplicate link"),
    gettext_noop("Counts differ"),
    gettext_noop("Concepts lost"),
    gettext_noop("Column unknown"),
    gettext_noop("Both sides"),
    gettext_noop("Bad probability"),
    gettext_noop("Bad link"),
    gettext_noop("Bad language"),
    gettext_noop("Already imported"),
)
# Stored with each new project.
REJECT_REASONS = (
    gettext_noop("not in the translation"),
    gettext_noop("wrong words"),
    gettext_noop("wrong label"),
    gettext_noop("boundary beyond repair"),
    gettext_noop("source label wrong"),
    gettext_noop("translation wrong"),
    gettext_noop("duplicate"),
    gettext_noop("other"),
)
STAGES = (
    gettext_noop("projecting"),
    gettext_noop("writing the file"),
    gettext_noop("checking the files"),
    gettext_noop("reading the files"),
    gettext_noop("writing"),
    gettext_noop("splitting into words"),
    gettext_noop("learning from %(n)s sentence pairs"),
    gettext_noop("reading %(n)s sentence pairs"),
)
