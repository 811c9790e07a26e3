using Metron.NetworkFunctions.Esp;

namespace Metron.Agent.Server;

/// <summary>The keys that chains name: files in a directory that only the agent need be able to read. What they hold is never told.</summary>
internal sealed class KeyDirectory(string directory)
{
    private const long LongestFile = 1024;

    /// <summary>Reads a key.</summary>
    /// <exception cref="ArgumentException">There is no such file, it cannot be read, or holds no key.</exception>
    public EspKey Read(string name)
    {
        if (name.Length == 0 || !name.All(character => char.IsAsciiLetterOrDigit(character) || character == '-'))
        {
            throw new ArgumentException($"'{name}' is no name of a key");
        }

        try
        {
            var file = new FileInfo(Path.Combine(directory, name));
            return file.Length <= LongestFile
                ? EspKey.Parse(File.ReadAllText(file.FullName))
                : throw new ArgumentException("it is too long for a key");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ArgumentException($"key '{name}' of {directory}: {exception.Message}", exception);
        }
    }
}
