namespace Metron.OpenFlow.Fuzz;

/// <summary>The messages of golden files: their second lines, after a name that begins with "#".</summary>
internal static class SeedCorpus
{
    /// <summary>All messages of the files "openflow*.txt" in a folder, by the name of file and message.</summary>
    public static IEnumerable<(string Name, byte[] Message)> Read(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "openflow*.txt").Order(StringComparer.Ordinal))
        {
            foreach (var block in File.ReadAllText(file).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
            {
                var lines = block.Split('\n');
                yield return ($"{Path.GetFileNameWithoutExtension(file)}-{lines[0].TrimStart('#', ' ')}", Convert.FromHexString(lines[1]));
            }
        }
    }
}
