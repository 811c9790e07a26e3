using Metron.Agent.Server;

namespace Metron.Agent.Tests;

public sealed class KeyDirectoryTests : IDisposable
{
    private const string Digits = "000102030405060708090a0b0c0d0e0fdeadbeef";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("keys-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_key_is_the_file_of_its_name()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "to-branch-1"), Digits + "\n");
        Assert.Equal(16, new KeyDirectory(_directory.FullName).Read("to-branch-1").Key.Length);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("wrong")]
    [InlineData("long")]
    [InlineData("../key")]
    [InlineData("")]
    public void What_is_no_key_is_told_without_what_the_file_holds(string name)
    {
        var keys = _directory.CreateSubdirectory("keys").FullName;
        File.WriteAllText(Path.Combine(keys, "wrong"), Digits + "00");
        File.WriteAllText(Path.Combine(keys, "long"), new string('0', 5000));
        File.WriteAllText(Path.Combine(_directory.FullName, "key"), Digits);

        var message = Assert.Throws<ArgumentException>(() => new KeyDirectory(keys).Read(name)).Message;

        Assert.DoesNotContain(Digits, message, StringComparison.Ordinal);
        Assert.Contains(name, message, StringComparison.Ordinal);
    }
}
