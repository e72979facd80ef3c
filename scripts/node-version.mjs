/** The one thing that must be right before anything else can be. Source: "engines" in package.json. */
const OLDEST = [20, 19];

/** Ends the process with one clear line where Node.js is too old. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  console.error(`Plexus needs Node.js ${OLDEST.join('.')} or newer; this is ${process.version} (${process.execPath}).`);
  console.error('Get a newer one from https://nodejs.org, or with your version manager: nvm install 22');
  process.exit(1);
}
