namespace Metron.GuestProbe;

/// <summary>Something that the host gives commands.</summary>
internal interface IProbe : IAsyncDisposable
{
    /// <summary>What it says first.</summary>
    IEnumerable<string> Describe();

    /// <summary>Carries out a command of the host, and answers in lines.</summary>
    Task<IEnumerable<string>> DoAsync(string command, string[] arguments);
}
