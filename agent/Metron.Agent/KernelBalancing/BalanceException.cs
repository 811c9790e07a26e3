namespace Metron.Agent.KernelBalancing;

/// <summary>Balancing cannot begin or go on; the message says why and what to do.</summary>
internal sealed class BalanceException(string message) : Exception(message);
