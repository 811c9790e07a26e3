using System.Reflection;

namespace Metron.Agent;

/// <summary>Version of the agent.</summary>
internal static class AgentVersion
{
    /// <summary>"0.1.0".</summary>
    public static string Text { get; } = typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "unknown";
}
