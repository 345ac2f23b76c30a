// Types of a reduced document by openapi-typescript, then everything compiled strictly; JSON in, JSON out.
//
// node generate.mjs FOLDER   FOLDER holds node_modules with the packages of package.json.
// in:  { document, sources: { path: text }, options: compiler options }
// out: { files: { path: text } } or { fault: text }
import { createRequire } from "node:module";
import path from "node:path";

const folder = path.resolve(process.argv[2]);
const require = createRequire(path.join(folder, "package.json"));
const ts = require("typescript");
const TYPES = "src/schema.ts";
const MOST_TOLD = 10;

class Fault extends Error {}

const factory = ts.factory;
const word = (kind) => factory.createKeywordTypeNode(kind);
const named = (name, ...inner) => factory.createTypeReferenceNode(name, inner.length ? inner : undefined);
const STRING = word(ts.SyntaxKind.StringKeyword);
const NUMBER = word(ts.SyntaxKind.NumberKeyword);
/** Any value of a kind, kept apart from the known ones: editors go on offering those. */
const other = (kind) => factory.createIntersectionTypeNode([kind, factory.createTypeLiteralNode([])]);

async function typesOf(document) {
  const { default: openapiTS, astToString, transformSchemaObject } = require("openapi-typescript");
  const own = {
    file: () => named("Blob"),
    upload: () =>
      factory.createUnionTypeNode([
        named("Blob"), named("Uint8Array"), named("ArrayBuffer"),
        named("ReadableStream", named("Uint8Array")), STRING,
      ]),
    whole: () => factory.createUnionTypeNode([NUMBER, word(ts.SyntaxKind.BigIntKeyword)]),
    open: (schema) => other(kindOf(document, schema["x-of"]) === "string" ? STRING : NUMBER),
    items: (schema, options) => named("AsyncIterable", transformSchemaObject(schema["x-item"], options)),
  };
  const transform = (schema, options) => own[schema["x-is"]]?.(schema, options);
  const nodes = await openapiTS(document, { transform, silent: true, defaultNonNullable: false });
  return astToString(nodes);
}

function kindOf(document, reference) {
  return document.components.schemas[reference.slice(reference.lastIndexOf("/") + 1)].type;
}

/** What was written holds types only, and those that were asked for. */
function verify(text, document) {
  const source = ts.createSourceFile(TYPES, text, ts.ScriptTarget.ES2022, true);
  const top = new Map();
  for (const statement of source.statements) {
    const plain = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    if (!plain) throw new Fault(`a statement that nobody asked for: ${statement.getText().slice(0, 80)}`);
    top.set(statement.name.text, statement);
  }
  if (source.referencedFiles.length || source.typeReferenceDirectives.length || source.libReferenceDirectives.length)
    throw new Fault("a reference to another file");
  if (source.commentDirectives?.length) throw new Fault("a comment that the compiler obeys");
  const allowed = new Set(["Blob", "Uint8Array", "ArrayBuffer", "ReadableStream", "AsyncIterable", "Record", "components"]);
  const walk = (node) => {
    if (ts.isImportTypeNode(node) || ts.isTypeQueryNode(node) || ts.isFunctionTypeNode(node) || ts.isComputedPropertyName(node))
      throw new Fault(`a type that nobody asked for: ${node.getText().slice(0, 80)}`);
    if (ts.isTypeReferenceNode(node) && !(ts.isIdentifier(node.typeName) && allowed.has(node.typeName.text)))
      throw new Fault(`a type that nobody asked for: ${node.getText().slice(0, 80)}`);
    if (ts.isExpression(node) && !ts.isIdentifier(node) && !ts.isLiteralExpression(node) && !isLiteral(node))
      throw new Fault(`code that nobody asked for: ${node.getText().slice(0, 80)}`);
    ts.forEachChild(node, walk);
  };
  source.statements.forEach(walk);
  same("schemas", membersOf(memberOf(top.get("components"), "schemas")), document.components.schemas);
  same("paths", membersOf(top.get("paths")), document.paths);
  for (const member of memberNodes(top.get("paths"))) {
    const operations = memberNodes(member.type).filter((one) => !one.questionToken && one.name.text !== "parameters");
    same(`methods of ${member.name.text}`, operations.map((one) => one.name.text), document.paths[member.name.text]);
  }
  const schemas = memberNodes(memberOf(top.get("components"), "schemas"));
  for (const member of schemas) {
    const wanted = document.components.schemas[member.name.text].properties;
    if (wanted) same(`members of ${member.name.text}`, membersOf(member.type), wanted);
  }
}

function isLiteral(node) {
  return (
    [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword].includes(node.kind) ||
    (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand))
  );
}

function memberNodes(node) {
  return node && (ts.isInterfaceDeclaration(node) || ts.isTypeLiteralNode(node)) ? node.members.filter(ts.isPropertySignature) : [];
}

function membersOf(node) {
  return memberNodes(node).map((member) => member.name.text);
}

function memberOf(node, name) {
  return memberNodes(node).find((member) => member.name.text === name)?.type;
}

function same(what, found, wanted) {
  const [one, two] = [[...found].sort(), Object.keys(wanted).sort()];
  if (JSON.stringify(one) !== JSON.stringify(two)) throw new Fault(`other ${what} than those asked for`);
}

/** Compile what stands in memory; nothing is written. Faults of any kind are ours, so the whole is refused. */
function compiled(sources, options) {
  const root = "/package";
  const files = new Map(Object.entries(sources).map(([name, text]) => [`${root}/${name}`, text]));
  const real = (name) => (name.startsWith(`${root}/node_modules`) ? path.join(folder, name.slice(root.length)) : undefined);
  const parsed = ts.convertCompilerOptionsFromJson(options, root);
  if (parsed.errors.length) throw new Fault(told(parsed.errors));
  const host = ts.createCompilerHost(parsed.options);
  const library = path.dirname(host.getDefaultLibFileName(parsed.options));
  const read = (name) => files.get(name) ?? (real(name) ? ts.sys.readFile(real(name)) : name.startsWith(library) ? ts.sys.readFile(name) : undefined);
  const made = new Map();
  Object.assign(host, {
    getCurrentDirectory: () => root,
    fileExists: (name) => files.has(name) || (real(name) !== undefined && ts.sys.fileExists(real(name))) || (name.startsWith(library) && ts.sys.fileExists(name)),
    directoryExists: (name) => [...files.keys()].some((one) => one.startsWith(`${name}/`)) || (real(name) !== undefined && ts.sys.directoryExists(real(name))),
    getDirectories: () => [],
    realpath: (name) => name,
    readFile: read,
    getSourceFile: (name, target) => {
      const text = read(name);
      return text === undefined ? undefined : ts.createSourceFile(name, text, target);
    },
    writeFile: (name, text) => made.set(name.slice(root.length + 1), text),
  });
  const program = ts.createProgram([...files.keys()].filter((name) => name.endsWith(".ts")), parsed.options, host);
  const faults = ts.getPreEmitDiagnostics(program);
  if (faults.length) throw new Fault(told(faults));
  const emitted = program.emit();
  if (emitted.diagnostics.length) throw new Fault(told(emitted.diagnostics));
  return made;
}

function told(diagnostics) {
  return diagnostics
    .slice(0, MOST_TOLD)
    .map((one) => {
      const at = one.file ? `${one.file.fileName}:${one.file.getLineAndCharacterOfPosition(one.start).line + 1}: ` : "";
      return `${at}TS${one.code} ${ts.flattenDiagnosticMessageText(one.messageText, " ")}`;
    })
    .join("\n");
}

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const { document, sources, options, note } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  const kept = structuredClone(document);
  const types = await typesOf(document);
  verify(types, kept);
  const whole = { ...sources, [TYPES]: `${note}${types}` };
  const made = compiled(whole, options);
  return { files: { [TYPES]: whole[TYPES], ...Object.fromEntries(made) } };
}

let said;
try {
  said = await main();
} catch (error) {
  said = { fault: error instanceof Fault ? error.message : `${error?.name}: ${error?.message}`.slice(0, 2000) };
}
process.stdout.write(JSON.stringify(said));
