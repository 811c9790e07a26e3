using System.Text;
using System.Text.Unicode;
using Metron.Cli.Client;
using Metron.Cli.Specs;
using Metron.Import.Syntax;

namespace Metron.Cli.Commands.Import;

/// <summary>Reads files to import: bounded, text as UTF-8.</summary>
internal static class ImportFiles
{
    private const int LargestText = 64 * 1024 * 1024;
    private const int LargestTable = 1024 * 1024 * 1024;

    /// <summary>Reads a text file, or standard input for "-".</summary>
    /// <exception cref="CommandException">It cannot be read, is too large or no text.</exception>
    public static SourceText Text(Session session, string file)
    {
        var bytes = Read(session, file, LargestText);
        if (Utf8.IsValid(bytes))
        {
            return new SourceText(Name(file), Encoding.UTF8.GetString(bytes).TrimStart('\ufeff'));
        }

        var line = 1 + bytes.AsSpan(0, FirstInvalid(bytes)).Count((byte)'\n');
        throw new CommandException(ExitCode.BadInput, $"{Name(file)}:{line}: is not UTF-8 text; give what the tool printed");
    }

    /// <summary>Reads a binary file, or standard input for "-".</summary>
    /// <exception cref="CommandException">It cannot be read or is too large.</exception>
    public static byte[] Bytes(Session session, string file) => Read(session, file, LargestTable);

    /// <summary>The file as problems name it.</summary>
    public static string Name(string file) => file == "-" ? "stdin" : SpecText.Printable(file);

    private static byte[] Read(Session session, string file, int largest)
    {
        try
        {
            using var opened = file == "-" ? null : new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var stream = opened ?? session.Terminal.Input;
            using var read = new MemoryStream();
            var buffer = new byte[64 * 1024];
            for (int count; (count = stream.Read(buffer)) > 0;)
            {
                read.Write(buffer, 0, count);
                if (read.Length > largest)
                {
                    throw new CommandException(ExitCode.BadInput, $"{Name(file)}: is larger than {largest / 1024 / 1024} MiB");
                }
            }

            return read.ToArray();
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException(ExitCode.BadInput, $"{Name(file)}: there is no such file");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.BadInput, $"{Name(file)}: cannot be read: {error.Message}");
        }
    }

    private static int FirstInvalid(byte[] bytes)
    {
        var rest = bytes.AsSpan();
        while (Rune.DecodeFromUtf8(rest, out _, out var consumed) == System.Buffers.OperationStatus.Done)
        {
            rest = rest[consumed..];
        }

        return bytes.Length - rest.Length;
    }
}
