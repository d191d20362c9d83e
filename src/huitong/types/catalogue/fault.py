"""Texts of the codes 9000-9999: the command line and internal faults."""

from huitong.types.catalogue import Entry, Who
from huitong.types.codes import Code

ENTRIES: dict[Code, Entry] = {
    Code.USAGE: Entry(
        "Wrong usage",
        "The command was not understood: {reason}.",
        "无法理解该命令：{reason}。",
        Who.YOU,
        "Add --help to the command to see what it takes.",
        "请在命令后加 --help 查看用法。",
        400,
    ),
    Code.FILE_UNREADABLE: Entry(
        "File not readable",
        "The file {path} cannot be read: {reason}.",
        "无法读取文件 {path}：{reason}。",
        Who.YOU,
        "Check the path and its permissions.",
        "请检查路径和权限。",
        400,
    ),
    Code.PROGRAM_MISSING: Entry(
        "Program missing",
        "The program {name} is needed and not installed.",
        "缺少所需的程序 {name}。",
        Who.YOU,
        "Install {name} and run the command again.",
        "请安装 {name} 后重新运行命令。",
        500,
    ),
    Code.INTERNAL: Entry(
        "Internal fault",
        "Something is broken in Huitong itself: {reason}.",
        "汇通内部出错：{reason}。",
        Who.DEVELOPERS,
        "Nothing of your request was kept. Report it with the log of the node (SECURITY.md if it may be abused).",
        "本次请求未保留任何结果。请附节点日志报告此问题；如可能被利用，请见 SECURITY.md。",
        500,
    ),
}
