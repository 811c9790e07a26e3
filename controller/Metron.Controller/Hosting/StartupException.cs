namespace Metron.Controller.Hosting;

/// <summary>The controller cannot start for a reason outside of it; the message says why and what to do.</summary>
public sealed class StartupException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StartupException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
