using System.Globalization;
using System.Reflection;
using System.Text;
using Metron.Dpdk.Native;
using Xunit;

namespace Metron.Dpdk.Tests;

public sealed class Abi23Tests
{
    private static readonly string[] NamesAndVersions =
        ["Version", "Release", "EalLibrary", "EthdevLibrary", "MbufLibrary", "MempoolLibrary"];

    [HeadersFact]
    public void Every_constant_is_what_the_installed_headers_say()
    {
        var fields = Fields().Where(field => !NamesAndVersions.Contains(field.Name)).ToList();
        var source = new StringBuilder();
        foreach (var header in (string[])["stdio.h", "stddef.h", "rte_ethdev.h", "rte_mbuf.h", "rte_flow.h", "rte_mempool.h", "rte_lcore.h"])
        {
            source.AppendLine(CultureInfo.InvariantCulture, $"#include <{header}>");
        }

        source.AppendLine("int main(void) {");
        foreach (var field in fields)
        {
            var expression = field.GetCustomAttribute<NativeValueAttribute>()?.Expression;
            Assert.True(expression is not null, $"{field.Name} names no C expression");
            source.AppendLine(CultureInfo.InvariantCulture, $"printf(\"{field.Name} %llx\\n\", (unsigned long long)({expression}) & {Mask(field)});");
        }

        source.AppendLine("return 0; }");
        var lines = NativeHeaders.CompileAndRun(source.ToString()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(fields.Select(field => $"{field.Name} {Value(field):x}"), lines);
    }

    [HeadersFact]
    public void The_installed_headers_are_of_the_release_that_is_bound()
    {
        var version = NativeHeaders.CompileAndRun(
            "#include <stdio.h>\n#include <rte_version.h>\nint main(void) { puts(RTE_VER_PREFIX); printf(\"%d.%d\", RTE_VER_YEAR, RTE_VER_MONTH); return 0; }");

        Assert.Equal(Abi23.Release, version.Replace('\n', ' '));
    }

    [Theory]
    [InlineData("DPDK 22.11")]
    [InlineData("DPDK 22.11.11")]
    [InlineData("DPDK 22.11.0-rc1")]
    public void A_release_of_the_known_abi_is_accepted(string version) => Assert.Equal(version, DpdkLibraries.CheckVersion(version));

    [Theory]
    [InlineData("DPDK 23.11.0")]
    [InlineData("DPDK 22.110")]
    [InlineData("DPDK 22.07")]
    [InlineData("")]
    public void Another_release_is_refused_with_what_to_install(string version)
    {
        var error = Assert.Throws<DpdkException>(() => DpdkLibraries.CheckVersion(version));

        Assert.Contains($"'{version}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("only DPDK 22.11 (ABI 23) is known", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Soname_of_every_library_ends_with_the_abi()
    {
        var libraries = Fields().Where(field => field.Name.EndsWith("Library", StringComparison.Ordinal)).Select(field => (string)field.GetRawConstantValue()!);

        Assert.All(libraries, library => Assert.EndsWith($".so.{Abi23.Version}", library, StringComparison.Ordinal));
    }

    private static IEnumerable<FieldInfo> Fields() => typeof(Abi23).GetFields(BindingFlags.Static | BindingFlags.Public);

    private static string Mask(FieldInfo field) => field.FieldType == typeof(ulong) ? "~0ULL" : "0xffffffffULL";

    private static ulong Value(FieldInfo field) => field.GetRawConstantValue() switch
    {
        int number => (uint)number,
        ulong number => number,
        var number => Convert.ToUInt64(number, CultureInfo.InvariantCulture),
    };
}
