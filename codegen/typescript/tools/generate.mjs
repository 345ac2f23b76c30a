// Types of a reduced document by openapi-typescript, then everything compiled strictly; JSON in, JSON out.
//
// node generate.mjs FOLDER   FOLDER holds node_modules with the packages of package.json.
// in:  lines of { document, sources: { path: text }, options: compiler options, note: text }
// out: a line for each, { files: { path: text } } or { fault: text }
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = path.resolve(process.argv[2]);
const require = createRequire(path.join(folder, "package.json"));
const ts = require("typescript");
// its CommonJS build takes a newer Node than its modules do
const modules = path.join(path.dirname(require.resolve("openapi-typescript")), "index.mjs");
const generator = await import(pathToFileURL(modules));
const TYPES = "src/schema.ts";
const FIXED = "/package/src/runtime/";
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
  const { default: openapiTS, astToString, transformSchemaObject } = generator;
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
  return astToString(nodes.map(restored));
}

/** What stands in names while the generator has them: before each member, and for a percent sign (reduced.py). */
const [MEMBER, PERCENT] = ["\ue024", "\ue025"];
const plain = (name) => name.replaceAll(MEMBER, "").replaceAll(PERCENT, "%");

function restored(node) {
  if (ts.isPropertySignature(node) && ts.isStringLiteral(node.name)) {
    const name = plain(node.name.text);
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? factory.createIdentifier(name) : factory.createStringLiteral(name);
    node = factory.updatePropertySignature(node, node.modifiers, key, node.questionToken, node.type);
  }
  return ts.visitEachChild(node, restored, undefined);
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
  const wanted = new Map(Object.entries(document.paths).map(([name, one]) => [plain(name), one]));
  same("schemas", membersOf(memberOf(top.get("components"), "schemas")), document.components.schemas);
  same("paths", membersOf(top.get("paths")), document.paths);
  for (const member of memberNodes(top.get("paths"))) {
    const operations = memberNodes(member.type).filter((one) => !one.questionToken && one.name.text !== "parameters");
    same(`methods of ${member.name.text}`, operations.map((one) => one.name.text), wanted.get(member.name.text));
  }
  const schemas = memberNodes(memberOf(top.get("components"), "schemas"));
  for (const member of schemas) {
    const { properties } = document.components.schemas[member.name.text];
    if (properties) same(`members of ${member.name.text}`, membersOf(member.type), properties);
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
  const [one, two] = [[...found].sort(), Object.keys(wanted).map(plain).sort()];
  if (JSON.stringify(one) !== JSON.stringify(two)) throw new Fault(`other ${what} than those asked for`);
}

/** Source files, and what they were compiled to, that are the same for many requests: by name and text. */
const parsedOnce = new Map();
const transpiledOnce = new Map();

/**
 * Compile what stands in memory; nothing is written. Faults of any kind are ours, so the whole is refused. The bodies of
 * `runtime/`, which are the same in each package, are not checked anew with each.
 */
function compiled(sources, options) {
  const root = "/package";
  const files = new Map(Object.entries(sources).map(([name, text]) => [`${root}/${name}`, text]));
  const real = (name) => (name.startsWith(`${root}/node_modules`) ? path.join(folder, name.slice(root.length)) : undefined);
  const parsed = ts.convertCompilerOptionsFromJson(options, root);
  if (parsed.errors.length) throw new Fault(told(parsed.errors));
  const host = ts.createCompilerHost(parsed.options);
  const library = path.dirname(host.getDefaultLibFileName(parsed.options));
  const onDisk = (name) => real(name) ?? (name.startsWith(library) ? name : undefined);
  const exists = (name, on) => onDisk(name) !== undefined && on(onDisk(name));
  const read = (name) => files.get(name) ?? (onDisk(name) && ts.sys.readFile(onDisk(name)));
  Object.assign(host, {
    getCurrentDirectory: () => root,
    fileExists: (name) => files.has(name) || exists(name, ts.sys.fileExists),
    directoryExists: (name) => [...files.keys()].some((one) => one.startsWith(`${name}/`)) || exists(name, ts.sys.directoryExists),
    getDirectories: () => [],
    realpath: (name) => name,
    readFile: read,
    getSourceFile: (name, target) => {
      const text = read(name);
      if (text === undefined) return undefined;
      const fixed = !files.has(name) || name.startsWith(FIXED);
      return fixed ? once(parsedOnce, name, text, () => ts.createSourceFile(name, text, target)) : ts.createSourceFile(name, text, target);
    },
  });
  const names = [...files.keys()].filter((name) => name.endsWith(".ts"));
  const program = ts.createProgram(names, parsed.options, host);
  const checked = program.getSourceFiles().filter((one) => files.has(one.fileName) && !one.fileName.startsWith(FIXED));
  refuse([
    ...program.getConfigFileParsingDiagnostics(), ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(),
    ...program.getSyntacticDiagnostics(), ...checked.flatMap((one) => program.getSemanticDiagnostics(one)),
  ]);
  const made = {};
  for (const name of names) {
    const text = files.get(name);
    const { code, types } = once(transpiledOnce, name.startsWith(FIXED) ? name : "", text, () => transpiled(name, text, parsed.options));
    const place = name.slice(`${root}/src/`.length).replace(/\.ts$/, "");
    made[`lib/${place}.js`] = code;
    made[`lib/${place}.d.ts`] = types;
  }
  return made;
}

/** One file by itself: its options keep each from needing another one's types. */
function transpiled(fileName, text, options) {
  const compilerOptions = { ...options, module: ts.ModuleKind.ES2022, moduleResolution: ts.ModuleResolutionKind.Bundler };
  const codeOptions = { ...compilerOptions, isolatedDeclarations: false };
  const code = ts.transpileModule(text, { fileName, compilerOptions: codeOptions, reportDiagnostics: true });
  const types = ts.transpileDeclaration(text, { fileName, compilerOptions, reportDiagnostics: true });
  refuse([...(code.diagnostics ?? []), ...(types.diagnostics ?? [])]);
  return { code: code.outputText, types: types.outputText };
}

function once(held, name, text, make) {
  if (!name) return make();
  const known = held.get(name);
  if (known?.text === text) return known.value;
  const value = make();
  held.set(name, { text, value });
  return value;
}

function refuse(diagnostics) {
  if (diagnostics.length) throw new Fault(told(diagnostics));
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

async function answered({ document, sources, options, note }) {
  const kept = structuredClone(document);
  const types = await typesOf(document);
  verify(types, kept);
  const whole = { ...sources, [TYPES]: `${note}${types}` };
  const made = compiled(whole, options);
  return { files: { [TYPES]: whole[TYPES], ...made } };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let said;
  try {
    said = await answered(JSON.parse(line));
  } catch (error) {
    said = { fault: error instanceof Fault ? error.message : `${error?.name}: ${error?.message}`.slice(0, 2000) };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
