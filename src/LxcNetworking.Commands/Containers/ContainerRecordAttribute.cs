using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Containers;

/// <summary>
/// Takes containers as <see cref="ListTextAttribute"/> does, and what JSON, CSV, CLIXML or a job made of one.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ContainerRecordAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is not PSObject { BaseObject: PSCustomObject } record)
            return ListTextAttribute.Split(inputData);
        try
        {
            return new PipelineRecord(record).AsContainer() ?? inputData;
        }
        catch (NetworkException)
        {
            // The cmdlet says so once more, and PowerShell would hide what is said here.
            return new ContainerReference(record.ToString());
        }
    }
}
