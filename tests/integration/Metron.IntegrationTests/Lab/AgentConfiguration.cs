using System.Text.Json;

namespace Metron.IntegrationTests.Lab;

/// <summary>The agent's configuration file for a lab.</summary>
internal static class AgentConfiguration
{
    /// <summary>Writes the file's text: one port for each worker, on the lab's links.</summary>
    /// <param name="server">Name of the server.</param>
    /// <param name="controller">Address of the controller's gRPC.</param>
    /// <param name="workers">Number of workers.</param>
    /// <param name="directory">State directory of the lab.</param>
    public static string Write(string server, string controller, int workers, string directory) => JsonSerializer.Serialize(new { server, controller, workers, directory });
}
