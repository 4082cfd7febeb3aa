// Loaded before a program: once the channel to the process that started it is gone, it is asked to stop, as by a signal.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// The channel alone keeps nothing running.
process.channel?.unref()
