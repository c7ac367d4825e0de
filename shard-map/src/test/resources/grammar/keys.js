// Tells of a text what PostgreSQL's own grammar makes of it. Written apart from the Java it is
// compared with, on another tree.
//
// The answer is "REJECT", or for each statement, separated by tabs,
//   <node> <answer> <source>... <function>...
// answer: KEYED, REFERENCE, UNKEYED, COPY, EXECUTE or MISS, with + when it writes or locks
// source: L<offset of the literal>=<its value, URI-encoded>, A... for an array; P<number>, Q<number> for an array
// function: F<name>, called without schema or in pg_catalog
'use strict';
const { parseSync } = require('./postgresql');

const KEY = 'workspace_id';
const SHARDED = new Set(['task', 'project', 'comment']);
const REFERENCE = new Set(['country']);

class Miss extends Error {}
const miss = (why) => { throw new Miss(why); };
const strings = (list) => (list || []).map((each) => each.String && each.String.sval);
const kindOf = (node) => Object.keys(node)[0];

class Range {
  constructor(alias, instance, outputs) { Object.assign(this, { alias, instance, outputs }); }
  column(name) {
    if (this.instance) return name === KEY ? { instance: this.instance, derived: false } : null;
    return this.outputs.has(name) ? { instance: this.outputs.get(name), derived: true } : null;
  }
  ranges() { return [this]; }
}

class Joined {
  constructor(type, left, right, merged) { Object.assign(this, { type, left, right, merged }); }
  column(name) {
    const left = this.left.column(name), right = this.right.column(name);
    if (!this.merged.includes(name)) return left && right ? null : left || right;
    return { JOIN_INNER: left, JOIN_LEFT: left, JOIN_RIGHT: right }[this.type] || null;
  }
  ranges() { return [...this.left.ranges(), ...this.right.ranges()]; }
}

class Scope {
  constructor(sources, outer) { this.sources = sources; this.outer = outer; }
  ranges() { return this.sources.flatMap((source) => source.ranges()); }
  instances() { return new Set(this.ranges().map((range) => range.instance).filter(Boolean)); }
  resolve(fields) {
    if (fields.length === 1) return this.plain(fields[0]);
    return fields.length === 2 ? this.qualified(fields[0], fields[1]) : null;
  }
  plain(name) {
    if (this.sources.length === 0) return this.outer ? this.outer.plain(name) : null;
    const keys = this.sources.map((source) => source.column(name)).filter(Boolean);
    return keys.length === 1 ? keys[0] : null;
  }
  qualified(alias, name) {
    const named = this.ranges().filter((range) => range.alias === alias);
    if (named.length === 0) return this.outer ? this.outer.qualified(alias, name) : null;
    return named.length === 1 ? named[0].column(name) : null;
  }
}

const EMPTY = new Map();

class Reader {
  constructor() {
    this.instances = []; this.sources = new Set(); this.functions = new Set();
    this.writes = false; this.prepared = ''; this.modifiers = 0;
  }

  top(node) {
    const kind = kindOf(node), body = node[kind];
    switch (kind) {
      case 'SelectStmt': this.select(body, null, null, null); return this.answer();
      case 'InsertStmt': case 'UpdateStmt': case 'DeleteStmt':
        this.write(kind, body, null, null); return this.answer();
      case 'ExplainStmt': case 'DeclareCursorStmt': case 'PrepareStmt': return this.top(body.query);
      case 'ExecuteStmt': return 'EXECUTE';
      case 'CopyStmt': return this.copy(body);
      default: return miss(kind);
    }
  }

  copy(copy) {
    if (copy.filename || copy.is_program) miss('a file');
    if (copy.query) return copy.is_from ? miss('from a query') : this.top(copy.query);
    const { schemaname, relname } = copy.relation;
    if (schemaname) miss('schema');
    if (!copy.is_from) return REFERENCE.has(relname) ? 'REFERENCE' : miss('COPY TO');
    const column = strings(copy.attlist).indexOf(KEY);
    if (!SHARDED.has(relname) || column < 0 || copy.whereClause) miss('COPY');
    this.sources.add('C' + column);
    return 'COPY';
  }

  answer() {
    let changed = true;
    while (changed) {
      changed = false;
      for (const instance of this.instances.filter((each) => each.held)) {
        for (const next of instance.holds) {
          if (!next.held) { next.held = true; changed = true; }
        }
      }
    }
    const free = this.instances.filter((each) => !each.held);
    if (free.some((each) => each.made)) miss('a new row');
    if (free.length > 0) return 'UNKEYED';
    if (this.sources.size > 0) return 'KEYED';
    if (this.writes) miss('writes');
    return 'REFERENCE';
  }

  add(made) {
    const instance = { held: false, made, holds: [] };
    this.instances.push(instance);
    return instance;
  }

  // ---- queries ----

  select(query, sink, outer, outerCtes) {
    if (query.lockingClause) this.writes = true;
    if (query.intoClause) miss('INTO');
    const ctes = this.with(query.withClause, outer, outerCtes);
    const tail = [query.sortClause, query.limitCount, query.limitOffset];
    if (query.op && query.op !== 'SETOP_NONE') {
      this.select(query.larg, null, outer, ctes);
      this.select(query.rarg, null, outer, ctes);
      this.walk(tail, new Scope([], outer), ctes);
      return EMPTY;
    }
    if (query.valuesLists) {
      for (const row of query.valuesLists) {
        if (sink) this.sink(sink, row.List.items, null);
      }
      this.walk([query.valuesLists, tail], new Scope([], outer), ctes);
      return EMPTY;
    }
    const scope = new Scope(this.froms(query.fromClause || [], [], outer, ctes), outer);
    this.condition(query.whereClause, scope, ctes);
    const rest = [query.targetList, query.groupClause, query.havingClause, query.windowClause, query.distinctClause];
    this.walk([rest, tail], scope, ctes);
    const items = (query.targetList || []).map((item) => item.ResTarget);
    if (sink) this.sink(sink, items.map((item) => item.val), scope);
    return this.outputs(items, scope);
  }

  sink(sink, row, scope) {
    const value = row[sink.position];
    const constant = this.constant(value);
    const column = this.column(value);
    const held = constant ? this.compare(constant) : column && scope && scope.resolve(column);
    if (row.some(isStar) || !held) miss('the key of a new row');
    sink.instance.held = true;
  }

  outputs(items, scope) {
    if (items.length === 1 && isStar(items[0].val)) {
      const [only, second] = scope.sources;
      const fields = items[0].val.ColumnRef.fields;
      const own = fields.length === 1 || (fields.length === 2 && only && fields[0].String.sval === only.alias);
      if (!(only instanceof Range) || second || !own) return EMPTY;
      return only.instance ? new Map([[KEY, only.instance]]) : only.outputs;
    }
    if (items.some((item) => isStar(item.val))) return EMPTY;
    const outputs = new Map(), seen = new Set();
    for (const item of items) {
      const column = this.column(item.val);
      const key = column && scope.resolve(column);
      // Names of three parts are of schemas; a server refuses them, or the name they share, as ambiguous.
      const name = item.name || (column && column.length < 3 && column[column.length - 1]);
      if (key && !seen.has(name)) outputs.set(name, key.instance); else outputs.delete(name);
      seen.add(name);
    }
    return outputs;
  }

  with(clause, outer, outerCtes) {
    let ctes = outerCtes;
    if (!clause) return ctes;
    const queries = clause.ctes.map((each) => each.CommonTableExpr);
    if (clause.recursive) {
      for (const cte of queries) ctes = { name: cte.ctename, outputs: EMPTY, outer: ctes };
    }
    for (const cte of queries) {
      if (cte.search_clause || cte.cycle_clause) miss('SEARCH, CYCLE');
      const kind = kindOf(cte.ctequery), body = cte.ctequery[kind];
      let outputs = EMPTY;
      if (kind === 'SelectStmt') outputs = this.select(body, null, outer, ctes);
      else if (/^(Insert|Update|Delete)Stmt$/.test(kind)) this.write(kind, body, outer, ctes);
      else miss(kind);
      const usable = !cte.aliascolnames && !clause.recursive;
      ctes = { name: cte.ctename, outputs: usable ? outputs : EMPTY, outer: ctes };
    }
    return ctes;
  }

  // ---- FROM ----

  froms(items, before, outer, ctes) {
    for (const item of items) before.push(this.from(item, before, outer, ctes));
    return before;
  }

  from(item, before, outer, ctes) {
    const kind = kindOf(item), body = item[kind];
    const alias = body.alias && body.alias.aliasname;
    const renamed = Boolean(body.alias && body.alias.colnames);
    switch (kind) {
      case 'RangeVar': return this.table(body, alias || body.relname, renamed, ctes);
      case 'JoinExpr': return this.join(body, before, outer, ctes);
      case 'RangeSubselect': {
        const around = body.lateral ? new Scope([...before], outer) : outer;
        const outputs = this.select(body.subquery.SelectStmt, null, around, ctes);
        return new Range(alias, null, renamed ? EMPTY : outputs);
      }
      case 'RangeFunction':
        this.walk(body, new Scope([...before], outer), ctes);
        return new Range(alias || this.functionName(body), null, EMPTY);
      default: return miss(kind);
    }
  }

  functionName(body) {
    const call = body.functions[0].List.items[0].FuncCall;
    return call && strings(call.funcname).pop();
  }

  table(table, alias, renamed, ctes) {
    if (table.schemaname) miss('schema');
    for (let at = ctes; at; at = at.outer) {
      if (at.name === table.relname) return new Range(alias, null, renamed ? EMPTY : at.outputs);
    }
    if (REFERENCE.has(table.relname)) return new Range(alias, null, EMPTY);
    if (!SHARDED.has(table.relname) || renamed) miss('table ' + table.relname);
    return new Range(alias, this.add(false), EMPTY);
  }

  join(join, before, outer, ctes) {
    const left = this.from(join.larg, before, outer, ctes);
    const right = this.from(join.rarg, [...before, left], outer, ctes);
    if (join.isNatural || join.alias || join.join_using_alias) miss('join');
    const merged = strings(join.usingClause);
    const scope = new Scope([left, right], outer);
    const sides = { JOIN_INNER: [left, right], JOIN_LEFT: [right], JOIN_RIGHT: [left] }[join.jointype] || [];
    const holdable = new Scope(sides, null).instances();
    for (const name of merged) this.same(left.column(name), right.column(name), holdable);
    if (join.quals) {
      this.holds(join.quals, scope, holdable);
      this.walk(join.quals, scope, ctes);
    }
    return new Joined(join.jointype, left, right, merged);
  }

  // ---- conditions ----

  condition(where, scope, ctes) {
    if (!where) return;
    this.holds(where, scope, scope.instances());
    this.walk(where, scope, ctes);
  }

  /** A condition that every row of the result meets. */
  holds(node, scope, holdable) {
    if (node.BoolExpr && node.BoolExpr.boolop === 'AND_EXPR') {
      for (const each of node.BoolExpr.args) this.holds(each, scope, holdable);
    }
    const equal = this.equal(node);
    if (!equal) return;
    const { kind, left, right } = equal;
    if (kind === 'AEXPR_OP') this.equalSides(left, right, scope, holdable);
    if (kind === 'AEXPR_IN') this.inList(left, right.List.items, scope, holdable);
    if (kind === 'AEXPR_OP_ANY') {
      const key = this.held(left, scope, holdable);
      if (key && this.array(right)) key.instance.held = true;
    }
  }

  equal(node) {
    const expr = node && node.A_Expr;
    const plain = expr && expr.name.length === 1 && expr.name[0].String.sval === '=';
    return plain && expr.lexpr ? { kind: expr.kind, left: expr.lexpr, right: expr.rexpr } : null;
  }

  equalSides(left, right, scope, holdable) {
    if (left.RowExpr && right.RowExpr) {
      const rights = right.RowExpr.args || [];
      (left.RowExpr.args || []).forEach((each, i) => rights[i] && this.equalSides(each, rights[i], scope, holdable));
      return;
    }
    this.same(this.key(left, scope), this.key(right, scope), holdable);
    for (const [one, other] of [[left, right], [right, left]]) {
      const key = this.held(one, scope, holdable);
      const constant = this.constant(other);
      if (key && constant && this.compare(constant)) key.instance.held = true;
    }
  }

  inList(left, items, scope, holdable) {
    if (left.RowExpr) {
      left.RowExpr.args.forEach((each, i) =>
        this.inList(each, items.map((item) => (item.RowExpr ? item.RowExpr.args[i] : item)), scope, holdable));
      return;
    }
    const key = this.held(left, scope, holdable);
    const all = items.map((item) => { const c = this.constant(item); return Boolean(c && key && this.compare(c)); });
    if (key && all.every(Boolean)) key.instance.held = true;
  }

  array(node) {
    if (node.A_ArrayExpr) {
      const elements = node.A_ArrayExpr.elements || [];
      const all = elements.map((each) => { const c = this.constant(each); return Boolean(c && this.compare(c)); });
      return all.length > 0 && all.every(Boolean);
    }
    const constant = this.constant(node);
    if (!constant || (constant.type && constant.type !== 'uuid[]')) return false;
    this.sources.add(constant.source.replace(/^L/, 'A').replace(/^P/, 'Q'));
    return true;
  }

  key(node, scope) {
    const column = this.column(node);
    return column ? scope.resolve(column) : null;
  }

  held(node, scope, holdable) {
    const key = this.key(node, scope);
    return key && !key.derived && holdable.has(key.instance) ? key : null;
  }

  same(one, other, holdable) {
    if (!one || !other) return;
    for (const [from, to] of [[one, other], [other, one]]) {
      if (!to.derived && holdable.has(to.instance)) from.instance.holds.push(to.instance);
    }
  }

  column(node) {
    if (!node || !node.ColumnRef) return null;
    const fields = strings(node.ColumnRef.fields);
    return fields.includes(undefined) ? null : fields;
  }

  constant(node) {
    if (!node) return null;
    if (node.TypeCast) {
      const inner = this.constant(node.TypeCast.arg);
      if (!inner || inner.type) return null;
      const name = strings(node.TypeCast.typeName.names).filter((part) => part !== 'pg_catalog').join('.');
      const bounds = (node.TypeCast.typeName.arrayBounds || []).map((bound) => (bound.Integer.ival < 0 ? '[]' : '[n]'));
      const type = name + bounds.join('').replace(/^(\[\])+$/, '[]') + (node.TypeCast.typeName.typmods ? '()' : '');
      return { source: inner.source, type };
    }
    if (node.ParamRef) return { source: 'P' + node.ParamRef.number, type: null };
    const value = node.A_Const;
    if (!value || !(value.sval || value.ival || value.fval)) return null;
    const text = value.sval ? value.sval.sval || '' : value.ival ? value.ival.ival || 0 : value.fval.fval;
    // The grammar folds signs into numbers.
    if (!value.sval && (!/^\d+$/.test(text) || source[value.location] === 0x2d)) return null;
    return { source: 'L' + value.location + '=' + encodeURIComponent(text), type: null };
  }

  compare(constant) {
    if (constant.type && constant.type !== 'uuid') return false;
    this.sources.add(constant.source);
    return true;
  }

  // ---- everything else ----

  /** Blocks and calls wherever they are, and constants that are compared with keys. */
  walk(node, scope, ctes) {
    if (node === null || typeof node !== 'object') return;
    if (Array.isArray(node)) { node.forEach((each) => this.walk(each, scope, ctes)); return; }
    if (node.SelectStmt) { this.select(node.SelectStmt, null, scope, ctes); return; }
    if (node.FuncCall) this.call(node.FuncCall);
    for (const name of Object.keys(node)) {
      this.modifiers += name === 'typmods' ? 1 : 0;
      this.walk(node[name], scope, ctes);
      this.modifiers -= name === 'typmods' ? 1 : 0;
    }
  }

  call(call) {
    // A server refuses anything but constants as the modifiers of a type.
    if (this.modifiers > 0) return;
    const name = strings(call.funcname);
    if (call.funcformat === 'COERCE_SQL_SYNTAX') return;
    if (name.length > 1 && name[0] !== 'pg_catalog') miss('function');
    this.functions.add('F' + encodeURIComponent(name[name.length - 1]));
  }

  write(kind, body, outer, outerCtes) {
    this.writes = true;
    const ctes = this.with(body.withClause, outer, outerCtes);
    const { schemaname, relname } = body.relation;
    if (schemaname || !SHARDED.has(relname)) miss('target');
    const instance = this.add(kind === 'InsertStmt');
    const target = new Range(body.relation.alias ? body.relation.alias.aliasname : relname, instance, EMPTY);
    if (body.selectStmt) {
      const position = (body.cols || []).findIndex((column) => column.ResTarget.name === KEY);
      if (position < 0) miss('the key of a new row');
      this.select(body.selectStmt.SelectStmt, { instance, position }, outer, ctes);
    }
    const scope = new Scope(this.froms(body.fromClause || body.usingClause || [], [target], null, ctes), null);
    if (body.whereClause && body.whereClause.CurrentOfExpr) miss('CURRENT OF');
    this.condition(body.whereClause, scope, ctes);
    const conflict = body.onConflictClause || {};
    for (const item of [...((kind === 'UpdateStmt' && body.targetList) || []), ...(conflict.targetList || [])]) {
      this.keepsKey(item.ResTarget, instance, scope);
    }
    this.walk([body.targetList, body.onConflictClause, body.returningClause], scope, ctes);
  }

  keepsKey(target, instance, scope) {
    if (target.name !== KEY) return;
    let value = target.val;
    if (value && value.MultiAssignRef) {
      const row = value.MultiAssignRef.source.RowExpr;
      value = row && row.args[value.MultiAssignRef.colno - 1];
    }
    const constant = this.constant(value), column = this.column(value);
    const key = column && scope.resolve(column);
    const own = (key && key.instance === instance) || (column && column.join('.') === 'excluded.' + KEY);
    if (!(constant ? this.compare(constant) : own)) miss('SET');
  }
}

function isStar(node) {
  const fields = node && node.ColumnRef && node.ColumnRef.fields;
  return Boolean(fields && fields[fields.length - 1].A_Star);
}

/** All names of tables in a statement, or of CTEs. */
function names(node, name, found) {
  if (node === null || typeof node !== 'object') return found;
  if (node[name]) found.add(node[name]);
  Object.values(node).forEach((each) => names(each, name, found));
  return found;
}

/** Tables of the test in a statement, for those that are said to touch none. */
function tables(node) {
  const ctes = names(node, 'ctename', new Set());
  return [...names(node, 'relname', new Set())]
    .filter((name) => (SHARDED.has(name) || REFERENCE.has(name)) && !ctes.has(name))
    .map((name) => 'T' + name);
}

function statement(node) {
  const reader = new Reader();
  let answer;
  try {
    answer = reader.top(node) + (reader.writes ? '+' : '');
  } catch (e) {
    if (!(e instanceof Miss)) throw e;
    answer = 'MISS';
  }
  return [kindOf(node), answer, ...reader.sources, ...reader.functions, ...tables(node)].join(' ');
}

let source;

function line(text) {
  let tree;
  source = Buffer.from(text);
  try {
    tree = parseSync(text);
  } catch (e) {
    return 'REJECT';
  }
  return (tree.stmts || []).map((each) => statement(each.stmt)).join('\t');
}

module.exports = line;
