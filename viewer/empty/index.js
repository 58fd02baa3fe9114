// In the place of packages that no panel needs: editors, maps, telemetry.
module.exports = {};
