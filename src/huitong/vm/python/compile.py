"""From a validated tree to a code object that defines its functions."""

import ast
from types import CodeType
from typing import Any

from huitong.types import Code
from huitong.types.limits import MAX_ARGUMENTS

from . import gas
from .compile_parts import load, use
from .compile_statements import StatementCompiler, charge
from .costs import static_costs
from .declared import Declared, refused
from .nodes import Kind
from .tree import Node, Tree

MAX_FUNCTIONS = 1000
"""Functions and methods of one contract: each costs time to compile, and to define anew in every frame."""
FILENAME = "<contract>"
"""Name of compiled code in tracebacks; its line numbers are places in the tree, plus one."""


def compile_tree(tree: Tree, declared: Declared) -> CodeType:
    """Compile all functions. Run in a namespace with the helpers, it defines `c_name` and `m_name`.

    Raises Failed HT3002-HT3013 with `node`, the place in the tree.
    """
    if len(declared.functions) + len(declared.bodies) > MAX_FUNCTIONS:
        raise refused(Code.CONTRACT_TOO_LARGE, len(tree.nodes) - 1, f"more than {MAX_FUNCTIONS} functions")
    costs = static_costs(tree)
    functions = [
        *((f"c_{name}", index) for name, index in declared.functions.items()),
        *((f"m_{name}", index) for name, index in declared.bodies.items()),
    ]
    body: list[ast.stmt] = [_function(tree, declared, costs, name, index) for name, index in functions]
    module = ast.fix_missing_locations(ast.Module(body, []))
    try:
        return compile(module, FILENAME, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError, OverflowError):
        raise refused(Code.CONTRACT_INVALID, len(tree.nodes) - 1, "the tree cannot be compiled") from None


def _function(tree: Tree, declared: Declared, costs: list[int], name: str, index: int) -> ast.stmt:
    node = tree.nodes[index]
    parameters = [child for child in node.children if tree.nodes[child].kind is Kind.PARAMETER]
    if len(parameters) > MAX_ARGUMENTS:
        raise refused(Code.METHOD_DECLARATION_INVALID, index, f"more than {MAX_ARGUMENTS} parameters")
    names = {tree.nodes[child].scalars[0] for child in parameters}
    if len(names) != len(parameters):
        raise refused(Code.METHOD_DECLARATION_INVALID, index, "a parameter stands twice")
    compiler = StatementCompiler(tree, declared, costs, names)
    arguments = _arguments(tree, compiler, parameters)
    block = node.children[-1]
    compiler.gather(block)
    body = _entered(costs[block], compiler.block(block))
    made = ast.FunctionDef(name, arguments, body, [], None)
    made.type_params = []  # type: ignore[attr-defined]  # Python 3.12 wants it, 3.11 has none
    made.lineno = made.end_lineno = index + 1
    made.col_offset = made.end_col_offset = 0
    return made


def _arguments(tree: Tree, compiler: StatementCompiler, parameters: list[int]) -> ast.arguments:
    args: list[ast.arg] = []
    defaults: list[ast.expr] = []
    for child in parameters:
        node = tree.nodes[child]
        args.append(ast.arg(compiler.expressions.bind(child, node.scalars[0])))
        default = tree.nodes[node.children[1]]
        if default.kind is not Kind.ABSENT:
            defaults.append(ast.Constant(_literal(child, default)))
        elif defaults:
            raise refused(Code.METHOD_DECLARATION_INVALID, child, "parameters without default stand first")
    return ast.arguments([], args, None, [], [], None, defaults)


def _literal(index: int, node: Node) -> Any:
    if node.kind is not Kind.LITERAL:
        raise refused(Code.LITERAL_REFUSED, index, "a default is no plain value", "give a number or a text")
    return node.scalars[0]


def _entered(units: int, body: list[ast.stmt]) -> list[ast.stmt]:
    """The body behind the charge and within the count of open functions."""
    depth = ast.Attribute(load("_M"), "depth", ast.Load())
    full = ast.Compare(depth, [ast.GtE()], [ast.Constant(gas.MAX_FUNCTION_DEPTH)])

    def step(operator: ast.operator) -> ast.stmt:
        return ast.AugAssign(ast.Attribute(load("_M"), "depth", ast.Store()), operator, ast.Constant(1))

    return [
        *charge(gas.ENTRY + units),
        ast.If(full, [ast.Expr(use("_deep"))], []),
        step(ast.Add()),
        ast.Try(body, [], [], [step(ast.Sub())]),
    ]
