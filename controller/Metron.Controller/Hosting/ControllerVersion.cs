using System.Reflection;

namespace Metron.Controller.Hosting;

/// <summary>Version of this program.</summary>
public static class ControllerVersion
{
    /// <summary>Version as it is told to operators and agents, without build data.</summary>
    public static string Text { get; } =
        typeof(ControllerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
