using CsCheck;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;
using Metron.Mapping.Programs;

namespace Metron.Mapping.Tests;

/// <summary>Messages filled at random by reflection: whatever arrives is read or refused, never thrown at.</summary>
public sealed class RandomMessageTests
{
    private static readonly string[] Words =
    [
        "", "a", "b", "fw", "rt.lan", "10.0.0.0/8", "!10.0.0.1", "2001:db8::/32", "::", "tcp", "!udp", "icmp", "80", "!1-65535", "syn,!ack",
        "02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", "\u0000", "ü", "198.51.100.1-198.51.100.9", "..", "!", "-", "/", "x/", "1.1.1.1/", "999999999999",
    ];

    [Fact]
    public void Any_chain_is_read_or_refused() => Gen.Int.Sample(
        seed =>
        {
            var chain = (V1.ServiceChain)Fill(V1.ServiceChain.Descriptor, new Random(seed), depth: 0);
            var mapped = ServiceChainMapper.Map(chain);
            return mapped.TryGetSpec(out _) == (mapped.Violations.Count == 0);
        },
        iter: 3000);

    [Fact]
    public void Any_residual_program_is_read_or_refused() => Gen.Int.Sample(
        seed =>
        {
            var program = (V1.ResidualProgram)Fill(V1.ResidualProgram.Descriptor, new Random(seed), depth: 0);
            return ResidualProgramReader.TryRead(program, out _, out var violations) == (violations.Count == 0);
        },
        iter: 3000);

    private static IMessage Fill(MessageDescriptor descriptor, Random random, int depth)
    {
        var message = descriptor.Parser.ParseFrom(ByteString.Empty);
        foreach (var field in descriptor.Fields.InDeclarationOrder().Where(_ => depth < 8 && random.Next(3) > 0))
        {
            if (field.IsMap)
            {
                ((MapField<string, string>)field.Accessor.GetValue(message))[Word(random)] = Word(random);
            }
            else if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                for (var i = random.Next(3); i > 0; i--)
                {
                    list.Add(Value(field, random, depth));
                }
            }
            else
            {
                field.Accessor.SetValue(message, Value(field, random, depth));
            }
        }

        return message;
    }

    private static object Value(FieldDescriptor field, Random random, int depth) => field.FieldType switch
    {
        FieldType.String => Word(random),
        FieldType.UInt32 => random.Next(4) == 0 ? uint.MaxValue : (uint)random.Next(300),
        FieldType.UInt64 => (ulong)random.NextInt64(),
        FieldType.Int64 => random.NextInt64(),
        FieldType.Int32 => random.Next(),
        FieldType.Double => random.NextDouble(),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, random.Next(6)),
        FieldType.Message => Fill(field.MessageType, random, depth + 1),
        _ => throw new NotSupportedException($"{field.FullName} has a type that this test does not fill"),
    };

    private static string Word(Random random) => Words[random.Next(Words.Length)];
}
