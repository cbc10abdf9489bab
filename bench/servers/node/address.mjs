// Where the command line says to listen: -addr HOST:PORT.
export function address() {
  const i = process.argv.indexOf('-addr')
  const [hostname, port] = (i < 0 ? '127.0.0.1:0' : process.argv[i + 1] ?? '').split(':')
  if (!hostname || !/^\d+$/.test(port ?? '')) {
    console.error('-addr: want HOST:PORT')
    process.exit(2)
  }
  return { hostname, port: Number(port) }
}
