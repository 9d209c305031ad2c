/**
 * Which types a user of the package meets in what it exports, and cannot name: the declarations are read, from a face's exports on
 * to all that their signatures mention.
 */
import { posix } from 'node:path';
import type { Node } from 'typescript/unstable/ast';
import {
  isClassDeclaration,
  isConstructorDeclaration,
  isExportDeclaration,
  isExpressionWithTypeArguments,
  isFunctionDeclaration,
  isIdentifier,
  isImportDeclaration,
  isInterfaceDeclaration,
  isNamedExports,
  isNamedImports,
  isQualifiedName,
  isStringLiteral,
  isTypeAliasDeclaration,
  isTypeReferenceNode,
  isVariableStatement,
} from 'typescript/unstable/ast/is';
import { nodesOf } from '../../house/source.ts';
import type { SourceFile } from '../../house/source.ts';

/** Where a name is declared. */
interface Place {
  readonly path: string;
  readonly name: string;
}

interface Declarations {
  /** Name → what declares it here. */
  readonly own: ReadonlyMap<string, readonly Node[]>;
  /** Local name → where it comes from, within the package. */
  readonly imported: ReadonlyMap<string, Place>;
  /** Exported name → the same. */
  readonly passedOn: ReadonlyMap<string, Place>;
  /** Files of which everything is passed on. */
  readonly all: readonly string[];
}

/** `dist/a/b.d.ts` for `./b.ts` in dist/a; null for another package. */
function targetOf(path: string, specifier: Node | undefined): string | null {
  if (specifier === undefined || !isStringLiteral(specifier) || !specifier.text.startsWith('.')) return null;
  return posix.join(posix.dirname(path), specifier.text).replace(/\.[jt]s$/, '.d.ts');
}

function declarationsOf({ path, tree }: SourceFile): Declarations {
  const own = new Map<string, Node[]>();
  const imported = new Map<string, Place>();
  const passedOn = new Map<string, Place>();
  const all: string[] = [];
  const declare = (name: string, node: Node): void => void own.set(name, [...(own.get(name) ?? []), node]);
  for (const node of tree.statements) {
    if (isImportDeclaration(node)) {
      const target = targetOf(path, node.moduleSpecifier);
      const bindings = node.importClause?.namedBindings;
      if (target === null || bindings === undefined || !isNamedImports(bindings)) continue;
      for (const { name, propertyName } of bindings.elements)
        imported.set(name.text, { path: target, name: propertyName?.text ?? name.text });
    } else if (isExportDeclaration(node)) {
      const target = targetOf(path, node.moduleSpecifier);
      if (target === null) continue;
      if (node.exportClause === undefined) all.push(target);
      else if (isNamedExports(node.exportClause))
        for (const { name, propertyName } of node.exportClause.elements)
          passedOn.set(name.text, { path: target, name: propertyName?.text ?? name.text });
    } else if (isVariableStatement(node)) {
      for (const one of node.declarationList.declarations)
        if (isIdentifier(one.name)) declare(one.name.text, one);
    } else if (
      isInterfaceDeclaration(node) ||
      isTypeAliasDeclaration(node) ||
      isClassDeclaration(node) ||
      isFunctionDeclaration(node)
    ) {
      if (node.name !== undefined) declare(node.name.text, node);
    }
  }
  return { own, imported, passedOn, all };
}

/** The name that a reference to a type begins with. */
function referenceIn(node: Node): string | null {
  if (isExpressionWithTypeArguments(node)) return isIdentifier(node.expression) ? node.expression.text : null;
  if (!isTypeReferenceNode(node)) return null;
  let name = node.typeName;
  while (isQualifiedName(name)) name = name.left;
  return name.text;
}

/** The nodes of a declaration; without constructors, which are called by whoever exports the class as a value, and checked there. */
const signaturesOf = (node: Node): Node[] =>
  isClassDeclaration(node)
    ? [node, ...node.members.filter((member) => !isConstructorDeclaration(member)).flatMap(nodesOf)]
    : nodesOf(node);

const keyOf = ({ path, name }: Place): string => `${path} ${name}`;

export interface Named {
  /** The types that signatures mention and the face does not export, a line each. */
  readonly missing: readonly string[];
  /** What it exports for that only, and nothing mentions. */
  readonly unneeded: readonly string[];
}

/**
 * @param files the declarations of the package
 * @param face path of what a user imports
 * @param types path of what the face passes on only because signatures mention it: of classes there, the name is enough
 */
export function judgeTypes(files: readonly SourceFile[], face: string, types: string): Named {
  const known = new Map(files.map((file) => [file.path, declarationsOf(file)]));
  const at = (path: string): Declarations => {
    const found = known.get(path);
    if (found === undefined) throw new Error(`no such declarations as ${path}`);
    return found;
  };
  /** Follows a name to where it is declared. */
  const resolve = ({ path, name }: Place): Place => {
    const { own, passedOn, imported, all } = at(path);
    if (own.has(name)) return { path, name };
    const next = passedOn.get(name) ?? imported.get(name);
    if (next !== undefined) return resolve(next);
    for (const other of all) if (namesOf(other).has(name)) return resolve({ path: other, name });
    throw new Error(`${path} does not declare ${name}`);
  };
  const namesOf = (path: string, without = ''): Set<string> => {
    const { own, passedOn, all } = at(path);
    const others = all.filter((other) => other !== without).flatMap((other) => [...namesOf(other)]);
    return new Set([...own.keys(), ...passedOn.keys(), ...others]);
  };
  const placesOf = (path: string, without?: string): Map<string, Place> =>
    new Map(
      [...namesOf(path, without)].map((name) => {
        const place = resolve({ path, name });
        return [keyOf(place), place];
      }),
    );
  const chosen = placesOf(face, types);
  const named = placesOf(types);
  const missing: string[] = [];
  const seen = new Set<string>();
  const visit = (place: Place, from: string): void => {
    const key = keyOf(place);
    if (seen.has(key)) return;
    seen.add(key);
    if (!chosen.has(key) && !named.has(key)) missing.push(`${place.name} (${place.path}), of ${from}`);
    const { own, imported } = at(place.path);
    const declarations = own.get(place.name) ?? [];
    if (!chosen.has(key) && declarations.some(isClassDeclaration)) return;
    for (const node of declarations.flatMap(signaturesOf)) {
      const name = referenceIn(node);
      if (name === null) continue;
      const next = own.has(name) ? { path: place.path, name } : imported.get(name);
      if (next !== undefined) visit(resolve(next), place.name);
    }
  };
  for (const place of chosen.values()) visit(place, 'the face');
  const unneeded = [...named.keys()].filter((key) => !seen.has(key) || chosen.has(key));
  return { missing: missing.toSorted(), unneeded: unneeded.toSorted() };
}
