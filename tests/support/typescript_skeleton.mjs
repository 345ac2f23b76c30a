// What the sources of packages do, without their texts: counts of imports, calls and statements, as JSON.
// node typescript_skeleton.mjs TYPESCRIPT FOLDER...
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";

const [compiler, ...folders] = process.argv.slice(2);
const ts = createRequire(compiler)(compiler);
const KEPT = [
  ts.SyntaxKind.ImportType, ts.SyntaxKind.TypeQuery, ts.SyntaxKind.NewExpression, ts.SyntaxKind.TaggedTemplateExpression,
  ts.SyntaxKind.TemplateExpression, ts.SyntaxKind.ArrowFunction, ts.SyntaxKind.ComputedPropertyName, ts.SyntaxKind.AnyKeyword,
  ts.SyntaxKind.BinaryExpression, ts.SyntaxKind.Decorator, ts.SyntaxKind.MetaProperty, ts.SyntaxKind.ElementAccessExpression,
];

function counted(folder) {
  const found = {};
  const count = (...key) => (found[key.join(" ")] = (found[key.join(" ")] ?? 0) + 1);
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".ts")).sort()) {
    const source = ts.createSourceFile(name, readFileSync(`${folder}/${name}`, "utf8"), ts.ScriptTarget.ES2022, true);
    source.referencedFiles.concat(source.typeReferenceDirectives).forEach(() => count(name, "reference"));
    (source.commentDirectives ?? []).forEach(() => count(name, "directive"));
    const walk = (node) => {
      if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) count(name, "from", node.moduleSpecifier?.getText() ?? "");
      else if (ts.isCallExpression(node)) count(name, "call", node.expression.getText());
      else if (ts.isStatement(node) || KEPT.includes(node.kind)) count(name, ts.SyntaxKind[node.kind]);
      ts.forEachChild(node, walk);
    };
    ts.forEachChild(source, walk);
  }
  return found;
}

console.log(JSON.stringify(folders.map(counted)));
