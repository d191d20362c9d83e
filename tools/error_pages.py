"""Write one page per range of error codes, in English and Chinese, from the catalogue. Called by docs/conf.py."""

from pathlib import Path

from huitong.types import Code
from huitong.types.catalogue import explain

RANGES = (
    (1000, "rejected", "Rejected", "被拒绝"),
    (2000, "inadmissible", "Inadmissible envelopes", "信封不被接纳"),
    (3000, "language", "Contract language", "合约语言"),
    (4000, "execution", "Failed: the platform", "执行失败：平台"),
    (5000, "contracts", "Failed: the contract", "执行失败：合约"),
    (6000, "node", "Node", "节点"),
    (7000, "proofs", "Proofs", "证明"),
    (8000, "interfaces", "Interfaces", "接口"),
    (9000, "faults", "Command line and faults", "命令行与内部错误"),
)
WORDS = {
    "en": ("Error codes", "Who can mend it", "What to do", "HTTP status"),
    "zh": ("错误码", "谁能处理", "怎么办", "HTTP 状态"),
}
INTRODUCTION = {
    "en": "A code is printed as HT and a number that is never reused. `huitong explain HT1203` prints these texts. "
    "Words in braces are filled with the data of the error.",
    "zh": "错误码写作 HT 加编号，编号永不重复使用。`huitong explain HT1203` 可显示以下说明。"
    "花括号中的词会替换为错误的具体数据。",
}


def entry_text(code: Code, language: str) -> str:
    """Section of one code."""
    entry = explain(code)
    _, who, what, status = WORDS[language]
    cause, next_step = (entry.cause_zh, entry.next_zh) if language == "zh" else (entry.cause_en, entry.next_en)
    title = code.name if language == "zh" else entry.title
    return (
        f"## HT{code:d} {title}\n\n{cause}\n\n"
        f"{who}\n: {entry.who.text(language)}\n\n{what}\n: {next_step}\n\n{status}\n: {entry.status}\n"
    )


def pages(language: str) -> dict[str, str]:
    """Text of each page by file name."""
    heading = WORDS[language][0]
    found = {}
    for first, name, english, chinese in RANGES:
        title = chinese if language == "zh" else english
        codes = [code for code in Code if first <= code < first + 1000]
        sections = "\n".join(entry_text(code, language) for code in sorted(codes))
        found[f"{name}.md"] = f"# {title}: HT{first}-HT{first + 999}\n\n{sections}"
    names = "\n".join(name for _, name, _, _ in RANGES)
    found["index.md"] = f"# {heading}\n\n{INTRODUCTION[language]}\n\n```{{toctree}}\n:maxdepth: 1\n\n{names}\n```\n"
    return found


def write(docs: Path) -> None:
    """Write docs/errors and docs/zh/errors; files that already say the same are left alone."""
    for folder, language in ((docs / "errors", "en"), (docs / "zh" / "errors", "zh")):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages(language).items():
            file = folder / name
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                file.write_text(text, encoding="utf-8")
