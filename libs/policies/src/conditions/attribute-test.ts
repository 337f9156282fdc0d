import { searchExpression } from './expression.js';

type Attributes = Readonly<Record<string, string>>;

/** Whether a user's record is as the expression wants it; a record of which nothing is known never is. */
export type AttributeTest = (attributes: Attributes | null) => boolean;

const OPERATOR = /==|!=|~=/;

/**
 * What stands after `#`: `attr`, `attr==value`, `attr!=value`, `attr~=expression` (spec/policies §4.3).
 *
 * @throws MalformedCondition when the expression cannot be read
 */
export function attributeTest(expression: string): AttributeTest {
  const found = OPERATOR.exec(expression);
  if (found === null) {
    const name = expression.trim();
    return known((attributes) => valueOf(attributes, name) !== undefined);
  }
  const name = expression.slice(0, found.index).trim();
  const value = expression.slice(found.index + found[0].length).trim();
  if (found[0] === '==') return known((attributes) => valueOf(attributes, name)?.trim() === value);
  if (found[0] === '!=') return known((attributes) => valueOf(attributes, name)?.trim() !== value);
  const search = searchExpression(value);
  return known((attributes) => {
    const text = valueOf(attributes, name);
    return text !== undefined && text !== '' && search.test(text);
  });
}

function known(test: (attributes: Attributes) => boolean): AttributeTest {
  return (attributes) => attributes !== null && Object.keys(attributes).length > 0 && test(attributes);
}

function valueOf(attributes: Attributes, name: string): string | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}
