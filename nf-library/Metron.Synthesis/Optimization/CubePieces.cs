namespace Metron.Synthesis;

/// <summary>What is left of a cube while others are cut out of it, as long as that is not too much to compute.</summary>
internal sealed class CubePieces(HeaderCube whole, RuleListLimits limits)
{
    private List<HeaderCube> _pieces = [whole];
    private int _steps;

    /// <summary>Whether nothing is left.</summary>
    public bool IsEmpty => _pieces.Count == 0;

    /// <summary>Whether it became too much to compute; nothing is cut out any more then, so that there is more left than should be.</summary>
    public bool IsExhausted => _steps > limits.MaximumSteps || _pieces.Count > limits.MaximumCubes;

    /// <summary>Whether something of it is in a cube.</summary>
    public bool Overlap(HeaderCube cube)
    {
        _steps += _pieces.Count;
        return _pieces.Exists(cube.Overlaps);
    }

    /// <summary>Cuts a cube out.</summary>
    /// <returns>Whether there was something to cut.</returns>
    public bool Cut(HeaderCube cube)
    {
        if (IsExhausted || !Overlap(cube))
        {
            return false;
        }

        List<HeaderCube> rest = [];
        foreach (var piece in _pieces)
        {
            rest.AddRange(piece.Subtract(cube));
        }

        _pieces = rest;
        return true;
    }
}
