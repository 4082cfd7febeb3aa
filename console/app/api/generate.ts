/** Types of the API from its OpenAPI document: as much of JSON Schema as that document uses, and an error for anything else. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Schema = { [key: string]: Json }

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const
const HEADER =
  '// Written from docs/openapi.json by console/app/api/generate.ts: vitest run test/console/api-types.test.ts -u\n'

/**
 * @param document OpenAPI 3.1.
 * @returns TypeScript: one type for each component, and `Routes`, by `METHOD /path`, with what each takes and gives.
 * @throws {Error} at a schema that this does not know how to write
 */
export function generateTypes(document: Json): string {
  const components = object(object(object(document).components).schemas)
  const types = sorted(components).map(([name, schema]) => `export type ${name} = ${typeOf(object(schema))}\n`)
  const routes = sorted(object(object(document).paths)).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const operation = object(methods)[method]
      return operation === undefined ? [] : [route(`${method.toUpperCase()} ${path}`, object(operation))]
    }),
  )
  return `${HEADER}\n${types.join('')}\nexport interface Routes {\n${routes.join('')}}\n`
}

function route(name: string, operation: Schema): string {
  const parameters = array(operation.parameters).map(object)
  const body = mediaSchema(operation.requestBody)
  const success = sorted(object(operation.responses)).find(([status]) => status.startsWith('2'))
  const response = success === undefined ? null : mediaSchema(success[1])
  const fields = [
    ...place('params', parameters, 'path'),
    ...place('query', parameters, 'query'),
    ...(body === null ? [] : [`    body: ${typeOf(body)}\n`]),
    `    response: ${response === null ? 'undefined' : typeOf(response)}\n`,
  ]
  return `  '${name}': {\n${fields.join('')}  }\n`
}

function place(field: string, parameters: readonly Schema[], where: string): string[] {
  const found = parameters.filter((parameter) => parameter.in === where)
  if (found.length === 0) return []
  const properties = found.map(({ name, required, schema }) => {
    const optional = required !== true
    return `${key(String(name))}${optional ? '?' : ''}: ${typeOf(object(schema))}${optional ? ' | undefined' : ''}`
  })
  return [`    ${field}: { ${properties.join('; ')} }\n`]
}

function mediaSchema(described: Json | undefined): Schema | null {
  const content = object(object(described ?? {}).content ?? {})
  const first = Object.values(content)[0]
  return first === undefined ? null : object(object(first).schema)
}

function typeOf(schema: Schema): string {
  if (typeof schema.$ref === 'string') return schema.$ref.replace('#/components/schemas/', '')
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum !== undefined) return array(schema.enum).map(literal).join(' | ')
  for (const join of ['anyOf', 'oneOf'] as const)
    if (schema[join] !== undefined) return union(array(schema[join]).map((one) => typeOf(object(one))))
  if (schema.allOf !== undefined)
    return array(schema.allOf)
      .map((one) => `(${typeOf(object(one))})`)
      .join(' & ')
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type })))
  return plain(schema)
}

function plain(schema: Schema): string {
  switch (schema.type) {
    case 'string':
      return 'string'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'null':
      return 'null'
    case 'array':
      return tuple(schema) ?? `(${typeOf(object(schema.items ?? {}))})[]`
    case 'object':
      return objectType(schema)
    case undefined:
      if (schema.properties !== undefined) return objectType(schema)
      if (Object.keys(schema).every((name) => name === 'description' || name === 'default' || name === 'nullable'))
        return 'unknown'
  }
  throw new Error(`no type is known for ${JSON.stringify(schema).slice(0, 200)}`)
}

function tuple(schema: Schema): string | null {
  if (schema.prefixItems === undefined) return null
  return `[${array(schema.prefixItems)
    .map((one) => typeOf(object(one)))
    .join(', ')}]`
}

function objectType(schema: Schema): string {
  const { properties, additionalProperties } = schema
  if (properties === undefined) {
    const values =
      typeof additionalProperties === 'object' && additionalProperties !== null
        ? typeOf(object(additionalProperties))
        : 'unknown'
    return `{ [name: string]: ${values} }`
  }
  const required = new Set(array(schema.required))
  const fields = Object.entries(object(properties)).map(([name, property]) => {
    const optional = !required.has(name)
    return `${key(name)}${optional ? '?' : ''}: ${typeOf(object(property))}${optional ? ' | undefined' : ''}`
  })
  return fields.length === 0 ? 'Record<string, never>' : `{ ${fields.join('; ')} }`
}

function union(types: readonly string[]): string {
  return [...new Set(types)].map((type) => (type.includes('&') ? `(${type})` : type)).join(' | ')
}

function literal(value: Json): string {
  return typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    : JSON.stringify(value)
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name)
}

function sorted(entries: Schema): [string, Json][] {
  return Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1))
}

function object(value: Json | undefined): Schema {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`not an object: ${JSON.stringify(value)?.slice(0, 100)}`)
  return value
}

function array(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}
