/** @type {import('next').NextConfig} */
export default {
  // Loaded as it is, not bundled: its migrations and texts are files beside its code.
  serverExternalPackages: ['pkb-link'],
};
